using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ParallelDag.Checks;
using ParallelDag.Descriptions;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Renderings;
using ParallelDag.Serving;

namespace ParallelDag.Formats.Tests;

/// <summary>
/// Seven small plans (Goldens/*.yaml) that between them use every kind of layer and every key of a strategy: all that is written of them is
/// pinned to the byte. What a person can read is there to be read (the simplified graph, the report, the description, the times); the
/// rest stands in <c>files.txt</c> by its hash. PARALLELDAG_APPROVE=1 writes them anew: look at the difference before it is committed.
/// </summary>
public sealed class GoldenTests
{
    private static readonly bool Approve = Environment.GetEnvironmentVariable("PARALLELDAG_APPROVE") == "1";

    public static TheoryData<string> Plans => [.. Directory.GetFiles(Folder(), "*.yaml")
        .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Plans))]
    public void What_is_written_of_a_plan_is_what_was_approved(string name)
    {
        DeploymentPlan plan = PlanFile.Load(Path.Combine(Folder(), $"{name}.yaml"));
        SortedDictionary<string, byte[]> files = Written(plan);
        string approved = Path.Combine(Folder(), name);
        Directory.CreateDirectory(approved);
        var differing = new List<string>();
        foreach ((string file, byte[] content) in files.Where(file => IsForReaders(file.Key)).Append(Hashes(files)))
        {
            string path = Path.Combine(approved, file), actual = Encoding.UTF8.GetString(content).ReplaceLineEndings("\n");
            if (Approve)
                File.WriteAllText(path, actual);
            string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
            if (expected == actual)
                continue;
            string[] before = expected.Split('\n'), now = actual.Split('\n');
            int line = before.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
            differing.Add($"{file}:{line + 1}: '{before.ElementAtOrDefault(line)}' was approved, '{now.ElementAtOrDefault(line)}' came");
        }

        Assert.True(differing.Count == 0, $"{name} differs; PARALLELDAG_APPROVE=1 writes it anew.\n{string.Join('\n', differing)}");
    }

    [Fact]
    public void Between_them_the_plans_use_every_kind_of_layer_and_every_key_of_a_strategy()
    {
        string[] texts = [.. Directory.GetFiles(Folder(), "*.yaml").Select(File.ReadAllText)];
        string[] keys = [.. PhaseKeys().Where(key => !texts.Any(text => text.Contains($"{key}: ", StringComparison.Ordinal)))];
        Assert.Equal(["balance"], keys);
    }

    private static IEnumerable<string> PhaseKeys() => typeof(PhaseStrategy).GetProperties()
        .Where(property => property.GetSetMethod() is not null && property.Name != nameof(PhaseStrategy.DefaultOrder))
        .Select(property => char.ToLowerInvariant(property.Name[0]) + property.Name[1..]);

    private static bool IsForReaders(string file) => file is "description.json" or "times.json" || Path.GetExtension(file) == ".md"
        || file.EndsWith("_simplified.dot", StringComparison.Ordinal);

    private static KeyValuePair<string, byte[]> Hashes(SortedDictionary<string, byte[]> files)
    {
        var text = new StringBuilder();
        foreach ((string file, byte[] content) in files)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(content))[..16];
            text.Append(CultureInfo.InvariantCulture, $"{hash} {content.Length,9} {file}").Append('\n');
        }

        return KeyValuePair.Create("files.txt", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static SortedDictionary<string, byte[]> Written(DeploymentPlan plan)
    {
        var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("golden");
        try
        {
            using var files = new OutputFiles();
            var rendering = PlanRendering.Of(plan);
            Assert.True(rendering.Checks.HoldsStrictly, string.Join('\n', rendering.Checks.Results));
            rendering.Write(files, folder.FullName);
            files.Commit();
            foreach (FileInfo file in folder.GetFiles())
                contents[file.Name] = File.ReadAllBytes(file.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
        {
            Dag dag = DagGenerator.Generate(plan, detail);
            contents[$"{detail.ToName()}.json"] = Bytes(stream =>
                GraphFormats.Json.Write(dag, new StreamOutput(stream), new ExportOptions(), default));
        }

        contents["description.json"] = Bytes(stream => DescriptionJson.Write(PlanDescription.Of(plan), stream));
        contents["times.json"] = Bytes(stream => TimingJson.Write(PlanTimer.Measure(plan), stream));
        return contents;
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Goldens");
}
