using Npgsql;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>One SQL statement with its values for $1, $2, …, run on a connection.</summary>
/// <param name="sql">The statement.</param>
/// <param name="values">The values; an <see cref="NpgsqlParameter"/> if the type does not follow from the value.</param>
internal sealed class Statement(string sql, params object[] values)
{
    public void AddTo(NpgsqlBatch batch)
    {
        var command = new NpgsqlBatchCommand(sql);
        AddValues(command.Parameters);
        batch.BatchCommands.Add(command);
    }

    public object? Scalar(NpgsqlConnection connection)
    {
        using NpgsqlCommand command = On(connection);
        return command.ExecuteScalar();
    }

    public List<T> Rows<T>(NpgsqlConnection connection, Func<NpgsqlDataReader, T> read)
    {
        using NpgsqlCommand command = On(connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        return Rows(reader, read);
    }

    /// <summary>The remaining rows of a reader's present result.</summary>
    public static List<T> Rows<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public async Task<List<T>> RowsAsync<T>(NpgsqlConnection connection, Func<NpgsqlDataReader, T> read, CancellationToken cancellation = default)
    {
        await using NpgsqlCommand command = On(connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public async Task ExecuteAsync(NpgsqlConnection connection, CancellationToken cancellation = default)
    {
        await using NpgsqlCommand command = On(connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private NpgsqlCommand On(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(sql, connection);
        AddValues(command.Parameters);
        return command;
    }

    private void AddValues(NpgsqlParameterCollection parameters)
    {
        foreach (object value in values)
        {
            parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }
    }
}
