using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RnnSweep.Silo;

/// <summary>Reads certificate files. A file that cannot be used throws a <see cref="FormatException"/> with the file's name and the reason.</summary>
internal static class CertificateFile
{
    /// <summary>The environment variable that holds the password of a file with a key.</summary>
    public const string PasswordVariable = "RNNSWEEP_CERTIFICATE_PASSWORD";

    // Windows' ERROR_INVALID_PASSWORD, which .NET reports on every platform.
    private const int WrongPassword = unchecked((int)0x80070056);

    private const long MostBytes = 1 << 20;

    /// <summary>A certificate with its key, and the other certificates in the file.</summary>
    public static (X509Certificate2 Own, X509Certificate2Collection Others) ReadWithKey(string file, string? password)
    {
        byte[] bytes = Read(file);
        try
        {
            return PemText(bytes) is { } pem ? Pem(file, pem, password) : Pkcs12(file, bytes, password);
        }
        catch (CryptographicException error) when (error.HResult == WrongPassword)
        {
            throw Wrong(file, password is null ? $"it has a password: set {PasswordVariable} to it" : $"the password in {PasswordVariable} is wrong");
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw Wrong(file, "it is no PKCS#12 file, and no PEM file of a certificate and its key");
        }
    }

    /// <summary>Certificates without keys.</summary>
    public static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(PemText(Read(file)));
        }
        catch (CryptographicException)
        {
            throw Wrong(file, "a certificate in it is damaged");
        }

        return authorities.Count > 0 ? authorities : throw Wrong(file, "there is no certificate in it; it should hold those of the authorities, as PEM");
    }

    private static (X509Certificate2 Own, X509Certificate2Collection Others) Pem(string file, string pem, string? password)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem);
        if (all.Count == 0 || !pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw Wrong(file, all.Count == 0 ? "there is no certificate in it" : "there is no key in it; it should hold the certificate and its key");
        }

        bool isEncrypted = pem.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal);
        if (isEncrypted && password is null)
        {
            throw Wrong(file, $"its key has a password: set {PasswordVariable} to it");
        }

        X509Certificate2 own;
        try
        {
            own = isEncrypted ? X509Certificate2.CreateFromEncryptedPem(pem, pem, password) : X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (CryptographicException) when (isEncrypted)
        {
            throw Wrong(file, $"the password in {PasswordVariable} is wrong, or the key is not that of the first certificate");
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw Wrong(file, "its key cannot be read, or is not that of the first certificate");
        }

        all.RemoveAt(0);
        return (Usable(own), all);
    }

    private static (X509Certificate2 Own, X509Certificate2Collection Others) Pkcs12(string file, byte[] bytes, string? password)
    {
        X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12Collection(bytes, password);
        X509Certificate2 own = all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw Wrong(file, "there is no key in it");
        all.Remove(own);
        return (own, all);
    }

    // TLS on Windows accepts only a key that has been in a key store.
    private static X509Certificate2 Usable(X509Certificate2 certificate) => OperatingSystem.IsWindows()
        ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null)
        : certificate;

    private static string? PemText(byte[] bytes) => bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0 ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    private static byte[] Read(string file)
    {
        try
        {
            long length = new FileInfo(file).Length;
            return length <= MostBytes ? File.ReadAllBytes(file) : throw Wrong(file, "it is too large for a file of certificates");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Wrong(file, error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : error.Message);
        }
    }

    private static FormatException Wrong(string file, string why) => new($"{file} cannot be used: {why}");
}
