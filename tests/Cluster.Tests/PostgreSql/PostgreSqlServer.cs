using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>
/// A PostgreSQL server for the tests, from the system's packages: on a free port of the loopback interface, in a temporary folder, without fsync. If the
/// packages are not installed, the tests that need a database are skipped. The server ends with the test process, however that ends.
/// </summary>
public sealed class PostgreSqlServer : IDisposable
{
    public const string User = "rnnsweep_tester";
    public const string Password = "a-Pass-w0rd;'of the tests'";

    private readonly string? _missing;
    private readonly string _programs = "", _folder = "";
    private readonly Process? _guard;
    private int _port, _databases;

    public PostgreSqlServer()
    {
        if (FindPrograms() is not { } programs)
        {
            _missing = "there are no programs of a PostgreSQL server in /usr/lib/postgresql/*/bin or on the PATH";
            return;
        }

        _programs = programs;
        _folder = Run("mktemp -d /tmp/rnnsweep-postgresql-XXXXXX").Trim();
        _guard = Guard();
        using (var init = Start($"cat >password && '{programs}/initdb' -D data -U {User} -A scram-sha-256 --pwfile=password -E UTF8 --locale=C --no-sync", _folder))
        {
            init.StandardInput.WriteLine(Password);
            Finish(init);
        }

        Start();
    }

    /// <summary>How a server stops.</summary>
    public enum StopMode
    {
        /// <summary>Connections are closed, and committed data are written.</summary>
        Fast,

        /// <summary>Like a crash.</summary>
        Immediate,
    }

    /// <summary>The database that no test uses.</summary>
    public string ConnectionString => ConnectionStringOf("postgres");

    /// <summary>Creates an empty database and returns its connection string; skips the test if there is no server.</summary>
    public string CreateDatabase()
    {
        Skip.If(_missing is not null, _missing);
        string name = $"test_{Interlocked.Increment(ref _databases)}";
        Execute(ConnectionString, $"CREATE DATABASE {name}");
        return ConnectionStringOf(name);
    }

    /// <summary>Runs SQL directly, outside the code under test.</summary>
    public static void Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection($"{connectionString};Pooling=false"); // a pooled connection may predate a restart
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Reads one value by SQL.</summary>
    public static T Read<T>(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection($"{connectionString};Pooling=false"); // a pooled connection may predate a restart
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return (T)command.ExecuteScalar()!;
    }

    /// <summary>Starts the server; after the first start, on the same port again.</summary>
    public void Start()
    {
        for (int attempt = 1; ; attempt++)
        {
            int port = _port == 0 ? FreePort() : _port;
            try
            {
                string options = $"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={_folder} -c fsync=off -c max_connections=200";
                Run($"'{_programs}/pg_ctl' start -w -s -D data -l log -o '{options}'", _folder);
                _port = port;
                return;
            }
            catch (InvalidOperationException) when (_port == 0 && attempt < 5)
            {
                // Another program has taken the port meanwhile.
            }
        }
    }

    public void Stop(StopMode mode) => Run($"'{_programs}/pg_ctl' stop -w -s -D data -m {(mode == StopMode.Fast ? "fast" : "immediate")}", _folder);

    public void Restart(StopMode mode)
    {
        Stop(mode);
        Start();
    }

    public void Dispose()
    {
        if (_guard is not null)
        {
            _guard.StandardInput.Close();
            _guard.WaitForExit();
            _guard.Dispose();
        }
    }

    private static string? FindPrograms() =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending().Select(version => $"{version}/bin") : [])
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Run(string command, string folder = "/")
    {
        using Process process = Start(command, folder);
        return Finish(process);
    }

    // PostgreSQL refuses to run as root.
    private static Process Start(string command, string folder)
    {
        string[] line = ["sh", "-c", $"cd '{folder}' && {command}"];
        line = Environment.UserName == "root" ? ["runuser", "-u", "nobody", "--", .. line] : line;
        return Process.Start(new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static string Finish(Process process)
    {
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"exit code {process.ExitCode}: {output}{errors.Result}");
    }

    // Ends the server and deletes its folder when its input ends, by Dispose or with this process. It must survive an interrupt, which it receives too.
    private Process Guard() => Start(
        $"trap '' INT TERM HUP; cat >/dev/null; '{_programs}/pg_ctl' stop -s -D data -m immediate >/dev/null 2>&1; cd /; rm -rf '{_folder}'", _folder);

    private string ConnectionStringOf(string database)
    {
        Skip.If(_missing is not null, _missing);
        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = _port,
            Database = database,
            Username = User,
            Password = Password,
            MaxPoolSize = 20,
        }.ConnectionString;
    }
}
