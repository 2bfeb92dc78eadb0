using System.Text;
using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Migrations;

/// <summary>A migration as <c>paralleldag migrate</c> prints it.</summary>
public static class MigrationText
{
    private const int MostRows = 24;

    /// <summary>Text of at most 80 columns: sums, then who sends whom most.</summary>
    public static string Write(PlanMigration migration)
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');

        Line(OneLine.Of($"{migration.From} -> {migration.To}{(migration.Moves.Count == 0 ? ": nothing moves" : "")}"));
        Line($"  stays where it is     {Quantity.FormatBytes(migration.KeptBytes),10}");
        if (migration.Moves.Count == 0)
            return text.ToString();
        Line($"  weights that move     {Quantity.FormatBytes(migration.WeightBytes),10}");
        Line($"  cache that moves      {Quantity.FormatBytes(migration.CacheBytes),10}");
        Line($"  of both by network    {Quantity.FormatBytes(migration.NetworkBytes),10}");
        Line($"  from storage, or anew {Quantity.FormatBytes(migration.StorageBytes),10}");
        Line($"  at least              {Quantity.FormatSeconds(migration.LeastSeconds),10} between GPUs, storage apart");
        Line("");
        Line("  what     from      to             bytes  over");
        foreach (MigrationMove move in migration.Moves.OrderByDescending(move => move.Bytes).ThenBy(move => move.To).Take(MostRows))
        {
            string from = move.From is int gpu ? Words.Invariant($"GPU {gpu}") : "storage", to = Words.Invariant($"GPU {move.To}");
            string kind = move.Kind.ToString().ToLowerInvariant(), bytes = Quantity.FormatBytes(move.Bytes);
            Line($"  {kind,-7}  {from,-8}  {to,-8}  {bytes,10}  {Over(move.Link)}");
        }

        if (migration.Moves.Count > MostRows)
            Line($"  and {Words.Number(migration.Moves.Count - MostRows)} more (--json lists them)");
        return text.ToString();
    }

    /// <summary>Indented UTF-8 with a final line break.</summary>
    public static void WriteJson(PlanMigration migration, Stream output) => IndentedJson.Write(output, json =>
    {
        json.WriteStartObject();
        json.WriteString("from", migration.From);
        json.WriteString("to", migration.To);
        json.WriteNumber("keptBytes", migration.KeptBytes);
        json.WriteNumber("weightBytes", migration.WeightBytes);
        json.WriteNumber("cacheBytes", migration.CacheBytes);
        json.WriteNumber("networkBytes", migration.NetworkBytes);
        json.WriteNumber("storageBytes", migration.StorageBytes);
        json.WriteNumber("leastSeconds", migration.LeastSeconds);
        json.Rows("moves", migration.Moves, move => Move(json, move));
        json.WriteEndObject();
    });

    private static void Move(Utf8JsonWriter json, MigrationMove move)
    {
        json.WriteString("kind", IndentedJson.Camel(move.Kind));
        json.Number("from", move.From);
        json.WriteNumber("to", move.To);
        json.WriteNumber("bytes", move.Bytes);
        json.WriteNumber("parts", move.Parts);
        json.WriteString("link", move.Link is LinkLevel level ? IndentedJson.Camel(level) : null);
    }

    private static string Over(LinkLevel? link) => link switch
    {
        LinkLevel.Domain => "fast links",
        LinkLevel.Node => "the bus of a node",
        LinkLevel.Network => "the network",
        _ => "",
    };
}
