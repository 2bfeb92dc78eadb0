using System.Reflection;
using System.Text.RegularExpressions;
using ParallelDag.Help;

namespace ParallelDag.Commands.Tests;

/// <summary>The module as it lies on disk: sources, manifest, and the metadata of the built cmdlets.</summary>
internal static partial class Module
{
    private static readonly Lazy<IReadOnlyList<CmdletMetadata>> Read = new(() => CmdletMetadata.Read(Path("Commands"), Path("PowerShell")));

    public static IReadOnlyList<CmdletMetadata> Cmdlets => Read.Value;

    public static string Manifest { get; } = File.ReadAllText(InRepository("ParallelDag.psd1"));

    /// <summary>The cmdlets that the manifest exports, in its order.</summary>
    public static IReadOnlyList<string> Exported { get; } =
        [.. Quoted().Matches(Exports().Match(Manifest).Groups["names"].Value).Select(match => match.Groups["name"].Value)];

    public static string InRepository(string path) => System.IO.Path.Combine(Path("Repository"), path);

    private static string Path(string key) =>
        typeof(Module).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\((?<names>[^)]*)\)")]
    private static partial Regex Exports();

    [GeneratedRegex("'(?<name>[^']+)'")]
    private static partial Regex Quoted();
}
