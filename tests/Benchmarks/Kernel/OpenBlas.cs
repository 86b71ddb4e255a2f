using System.Runtime.InteropServices;

namespace RnnSweep.Benchmarks.Kernel;

/// <summary>OpenBLAS on one thread, if the system has it: the reference for the kernel, and no part of the program.</summary>
internal sealed unsafe class OpenBlas
{
    public const string Missing = "OpenBLAS is missing (libopenblas.so.0; Debian: libopenblas0-pthread), so nothing is compared with it.";

    private const int RowMajor = 101, NoTranspose = 111;

    private static readonly Lazy<OpenBlas?> s_loaded = new(Load);

    private readonly delegate* unmanaged<int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void> _dgemm;

    private OpenBlas(nint library)
    {
        _dgemm = (delegate* unmanaged<int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void>)
            NativeLibrary.GetExport(library, "cblas_dgemm");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(1);
        Version = string.Join(' ', Text(library, "openblas_get_config").Split(' ').Take(2)).Replace("OpenBLAS ", "", StringComparison.Ordinal);
        Core = Text(library, "openblas_get_corename");
    }

    /// <summary>The library; null if there is none.</summary>
    public static OpenBlas? Loaded => s_loaded.Value;

    public string Version { get; }

    /// <summary>The processor for which it has selected kernels; OPENBLAS_CORETYPE overrides that.</summary>
    public string Core { get; }

    /// <summary>C = A·B, row by row; A rows × inner.</summary>
    public void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns)
    {
        fixed (double* pa = a, pb = b, pc = c)
        {
            _dgemm(RowMajor, NoTranspose, NoTranspose, rows, columns, inner, 1, pa, inner, pb, columns, 0, pc, columns);
        }
    }

    private static OpenBlas? Load() =>
        NativeLibrary.TryLoad("libopenblas.so.0", out nint library) || NativeLibrary.TryLoad("libopenblas", out library) ? new OpenBlas(library) : null;

    private static string Text(nint library, string function) =>
        Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, function))()) ?? "";
}
