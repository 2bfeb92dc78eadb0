using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ParallelDag.Conventions.Tests;

/// <summary>What others wrote is used unchanged, under its name, and with its licence.</summary>
public sealed partial class ThirdPartyTests
{
    private const string Folder = "src/ParallelDag/Writers/Html/Libraries";

    /// <summary>
    /// A script of the page: <c>source</c> is its path in the package that npm's registry serves under <c>name</c> and <c>version</c>.
    /// </summary>
    private sealed record Library(string Name, string Version, string Licence, string File, string Source, string Sha256);

    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    [Fact]
    public void Scripts_of_the_page_are_the_published_ones()
    {
        Library[] libraries = JsonSerializer.Deserialize<Library[]>(Repository.Read($"{Folder}/libraries.json"), Json)!;
        Assert.Equal(
            Directory.EnumerateFiles(Repository.PathOf(Folder), "*.js").Select(Path.GetFileName).Order(StringComparer.Ordinal),
            libraries.Select(library => library.File).Order(StringComparer.Ordinal));
        Assert.All(libraries, library =>
        {
            byte[] script = File.ReadAllBytes(Repository.PathOf($"{Folder}/{library.File}"));
            Assert.Equal(library.Sha256, Convert.ToHexStringLower(SHA256.HashData(script)));
            Match banner = Banner().Match(Repository.Read($"{Folder}/{library.File}"));
            Assert.True(!banner.Success || banner.Groups["version"].Value == library.Version, library.Name);
        });
    }

    [Theory]
    [InlineData(Folder + "/LICENSES.txt")]
    [InlineData("THIRD-PARTY-NOTICES.txt")]
    public void Scripts_of_the_page_come_with_their_licences(string file)
    {
        string text = Repository.Read(file);
        foreach (Library library in JsonSerializer.Deserialize<Library[]>(Repository.Read($"{Folder}/libraries.json"), Json)!)
            Assert.Matches($@"(?m)^(?:[\w-]+, )*{library.Name}(?:, [\w-]+)* \({library.Licence}\):$", text);
    }

    [Fact]
    public void Every_library_that_is_shipped_is_named_in_the_notices()
    {
        string notices = Repository.Read("THIRD-PARTY-NOTICES.txt");
        foreach (string project in Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories))
        {
            foreach (Match reference in References().Matches(File.ReadAllText(project))
                .Where(match => !match.Value.Contains("PrivateAssets=\"all\"", StringComparison.Ordinal)))
                Assert.Matches($@"(?m)^{Regex.Escape(reference.Groups["name"].Value)} \(", notices);
        }
    }

    [GeneratedRegex(@"^// https://\S+ v(?<version>\S+) Copyright")]
    private static partial Regex Banner();

    [GeneratedRegex(@"<PackageReference Include=""(?<name>[^""]+)""[^>]*>")]
    private static partial Regex References();
}
