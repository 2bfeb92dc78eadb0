using System.Reflection;
using ParallelDag.Formats.Yaml;
using ParallelDag.QuikGraph;
using PublicApiGenerator;

namespace ParallelDag.Conventions.Tests;

/// <summary>
/// What others can build on changes on purpose: the public API of each library is a checked-in file. Changed it? Then
/// <c>PARALLELDAG_APPROVE=1 dotnet test tests/ParallelDag.Conventions.Tests</c> writes the file anew, and the review shows the difference.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        // The compiler's own notes say nothing to a reader.
        ExcludeAttributes =
        [
            "System.Runtime.CompilerServices.CompilerGeneratedAttribute", "System.Runtime.CompilerServices.IsReadOnlyAttribute",
            "System.Diagnostics.DebuggerDisplayAttribute", "System.CodeDom.Compiler.GeneratedCodeAttribute",
        ],
    };

    public static TheoryData<string, Assembly> Libraries => new()
    {
        { "src/ParallelDag/PublicApi.txt", typeof(Dag).Assembly },
        { "src/ParallelDag.Formats/PublicApi.txt", typeof(YamlDocument).Assembly },
        { "src/ParallelDag.QuikGraph/PublicApi.txt", typeof(QuikGraphExtensions).Assembly },
    };

    [Theory]
    [MemberData(nameof(Libraries), DisableDiscoveryEnumeration = true)]
    public void Public_api_is_the_checked_in_one(string file, Assembly library)
    {
        string api = library.GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("PARALLELDAG_APPROVE") == "1")
            File.WriteAllText(Repository.PathOf(file), api);

        string[] written = File.Exists(Repository.PathOf(file)) ? Repository.Read(file).Split('\n') : [];
        string[] built = api.Split('\n');
        string[] difference =
            [.. written.Except(built).Select(line => $"- {line.Trim()}"), .. built.Except(written).Select(line => $"+ {line.Trim()}")];
        Assert.True(
            written.SequenceEqual(built),
            $"{file} is not the public API (PARALLELDAG_APPROVE=1 dotnet test tests/ParallelDag.Conventions.Tests writes it "
                + $"anew):\n{string.Join('\n', difference.Take(40))}");
    }
}
