namespace ParallelDag.Formats.Tests;

/// <summary>The checkout that the tests run in.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    /// <summary>Every plan of the examples and the gallery, by its path in the repository; environments to search are none.</summary>
    public static IReadOnlyList<string> Plans { get; } = [.. new[] { "examples", "examples/gallery" }
        .SelectMany(folder => Directory.GetFiles(PathOf(folder), "*.yaml"))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>The full path of a file or folder of the repository.</summary>
    public static string PathOf(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ParallelDag.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
