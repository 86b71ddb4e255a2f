using System.Globalization;
using Npgsql;
using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.PostgreSql;
using Serilog;
using Serilog.Core;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Logs, folders and terminal output contain neither the database's password nor its user.</summary>
[Collection(SecurityTests.Name)]
public sealed class SecretsTests(PostgreSqlServer server) : IDisposable
{
    // The start of the password, which every kind of quoting leaves in one piece.
    private const string Password = "a-Pass-w0rd";

    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-secrets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Output_does_not_contain_secrets_while_the_database_is_unreachable_or_back(bool json)
    {
        string connection = server.CreateDatabase();
        string[] silo = ["silo", "--silo-port", "0", "--gateway-port", "0", "-v", "--cluster", connection, .. json ? ["--json"] : Array.Empty<string>()];
        using RunningProgram running = RunningProgram.Start(_folder, silo);
        running.WaitUntil(() => running.Error.Contains("is up", StringComparison.Ordinal));
        ProgramResult run = Program("run", "--engine", "cluster", "--set", "name=small", "--set", "hidden_size=4", "--cluster", connection, "-v");
        Assert.Equal(0, run.ExitCode);
        using RunningProgram following = RunningProgram.Start(
            _folder, "run", "--engine", "cluster", "--set", "name=long", "--set", "hidden_size=150", "--set", "spectral_radius=0..1/20000", "-v", "--cluster", connection);
        following.WaitUntil(() => PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_readings r JOIN rnnsweep_cells c ON c.id = r.cell WHERE c.hidden_size = 150") > 0, pause: 20);

        server.Stop(PostgreSqlServer.StopMode.Immediate);
        ProgramResult status = Program("status", "--cluster", connection);
        Thread.Sleep(12_000); // until Orleans has also noticed that the database is unreachable
        server.Start();
        following.Send(RunningProgram.Terminate);
        ProgramResult interrupted = following.WaitForExit();
        running.Send(RunningProgram.Terminate);
        ProgramResult stopped = running.WaitForExit();

        Assert.Equal(4, status.ExitCode);
        Assert.True(interrupted.ExitCode == 130, interrupted.Error);
        Assert.Contains("to continue: ", interrupted.Error, StringComparison.Ordinal);
        Assert.Contains("--cluster", interrupted.Error, StringComparison.Ordinal);
        string all = string.Join('\n', new[] { run, status, interrupted, stopped }.Select(result => result.Output + result.Error).Concat(
            Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Select(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)))));
        Assert.Contains("manifest", string.Join(' ', Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories)), StringComparison.Ordinal);
        HoldsNoSecret(all);
    }

    [SkippableFact]
    public void Messages_about_a_wrong_connection_string_do_not_contain_secrets()
    {
        string good = server.CreateDatabase();
        foreach ((string connection, int code) in new[]
        {
            ($"{good};Port=1", 4),
            (new NpgsqlConnectionStringBuilder(good) { Password = $"{Password}-wrong" }.ConnectionString, 4),
            (new NpgsqlConnectionStringBuilder(good) { Database = "nowhere" }.ConnectionString, 4),
            ($"Host=localhost;Username={PostgreSqlServer.User};Password={Password};rest", 2),
            ($"Host=localhost;Username={PostgreSqlServer.User};Password='{Password}", 2),
            ($"postgres://{PostgreSqlServer.User}:{Password}@localhost/db", 2),
            ($"Host=localhost;Port={Password}", 2),
        })
        {
            foreach (string command in new[] { "status", "silo" })
            {
                ProgramResult asOption = Program(command, "--cluster", connection), asVariable = Program(new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = connection }, command);
                Assert.Equal((code, code), (asOption.ExitCode, asVariable.ExitCode));
                HoldsNoSecret(asOption.Error + asOption.Output + asVariable.Error + asVariable.Output);
            }
        }

        // In places where a connection string does not belong.
        foreach (string[] arguments in new string[][] { ["status", good], [good], ["submit", good], ["attach", good], ["status", "--clutter", good], ["status", $"--clutter={good}"] })
        {
            ProgramResult misplaced = RunningProgram.Run(_folder, arguments);
            Assert.Equal(2, misplaced.ExitCode);
            HoldsNoSecret(misplaced.Error + misplaced.Output);
        }
    }

    [Fact]
    public void Secrets_in_messages_are_removed_from_logs_and_errors()
    {
        var connection = new NpgsqlConnectionStringBuilder { Host = "db", Username = "me", Password = "p\"w;'d\\ñ", Database = "me" };
        Secrets.Register(["run", "--cluster", connection.ConnectionString]);
        try
        {
            var text = new StringWriter();
            using Logger log = new LoggerConfiguration()
                .WriteTo.Sink(new Writer(new Secrets.Formatter(new MessageTemplateTextFormatter("{Message}{NewLine}{Exception}", CultureInfo.InvariantCulture)), text))
                .WriteTo.Sink(new Writer(new Secrets.Formatter(new JsonFormatter(renderMessage: true)), text)).CreateLogger();
            log.Error(
                new InvalidOperationException($"cannot use {connection.ConnectionString}", new ArgumentException(connection.Password)),
                "{Connection} failed for user \"me\" with {Password}", connection.ConnectionString, connection.Password);

            Assert.DoesNotContain("\"w;", text.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(";'d", text.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("\"me\"", text.ToString(), StringComparison.Ordinal);
            Assert.Contains("***", text.ToString(), StringComparison.Ordinal);
            Assert.Equal("some message of mine about the database 'me' at db:5432", Secrets.Hide("some message of mine about the database 'me' at db:5432"));
            Assert.Equal("no pg_hba.conf entry for user \"***\"", Secrets.Hide("no pg_hba.conf entry for user \"me\""));
        }
        finally
        {
            Secrets.Register([]);
        }
    }

    private static void HoldsNoSecret(string text)
    {
        Assert.DoesNotContain(Password, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(PostgreSqlServer.User, text, StringComparison.OrdinalIgnoreCase);
    }

    private ProgramResult Program(params string[] arguments) => RunningProgram.Run(_folder, arguments);

    private ProgramResult Program(Dictionary<string, string> environment, params string[] arguments) => RunningProgram.Run(_folder, environment, arguments);

    private sealed class Writer(Serilog.Formatting.ITextFormatter formatter, TextWriter output) : ILogEventSink
    {
        public void Emit(Serilog.Events.LogEvent logEvent) => formatter.Format(logEvent, output);
    }
}
