using System.Text.RegularExpressions;

namespace ParallelDag.Conventions.Tests;

/// <summary>
/// The folders of the core stand in CONTRIBUTING.md in an order in which they can be read: each uses those above it, never those below.
/// Uses are found by name in the sources, so that a violation comes with the type that made it.
/// </summary>
public sealed partial class FolderOrderTests
{
    private const string Core = "src/ParallelDag";

    [Fact]
    public void The_table_names_the_folders_of_the_core() =>
        Assert.Equal(
            Directory.GetDirectories(Repository.PathOf(Core)).Select(folder => Path.GetFileName(folder))
                .Where(folder => folder is not ("bin" or "obj")).Order(StringComparer.Ordinal),
            Table().Order(StringComparer.Ordinal));

    [Fact]
    public void A_folder_uses_those_above_it_alone()
    {
        string[] folders = [.. Table()];
        string[] code = [.. folders
            .Select(folder =>
                string.Join('\n', Repository.Sources($"{Core}/{folder}").Select(file => NoCode().Replace(Repository.Read(file), " "))))];
        var folderOfType = new Dictionary<string, int>();
        var declared = new HashSet<string>[folders.Length];
        for (int i = 0; i < folders.Length; i++)
        {
            // Of two types of one name the upper one is meant wherever it may be.
            declared[i] = [];
            foreach (Match declaration in Declaration().Matches(code[i]))
            {
                declared[i].Add(declaration.Groups[2].Value);
                if (declaration.Groups[1].Value != "private")
                    folderOfType.TryAdd(declaration.Groups[2].Value, i);
            }
        }

        var uses = new List<(int User, int Used, string Type)>();
        for (int i = 0; i < folders.Length; i++)
        {
            // A folder's own type, private ones included, hides one of the same name elsewhere.
            uses.AddRange(Identifier().Matches(code[i])
                .Where(match => !declared[i].Contains(match.Value) && folderOfType.ContainsKey(match.Value))
                .Select(match => (i, folderOfType[match.Value], match.Value))
                .Distinct());
        }

        Assert.True(uses.Count > folders.Length);
        IEnumerable<string> faults =
            uses.Where(use => use.Used > use.User).Select(use => $"{folders[use.User]} uses {use.Type} of {folders[use.Used]}");
        Assert.True(!faults.Any(), "folders use others that stand below them in CONTRIBUTING.md:\n" + string.Join('\n', faults));
    }

    // The folders in the order of the table; a row may name several.
    private static IEnumerable<string> Table() =>
        Rows().Match(Repository.Read("CONTRIBUTING.md")).Groups["row"].Captures
            .SelectMany(row => Names().Matches(row.Value.Split('|')[1]).Select(name => name.Groups[1].Value));

    [GeneratedRegex(@"(?m)^\| folder of `src/ParallelDag` \|.*\n\|[-| ]*\n(?<row>\|.*\n)+")]
    private static partial Regex Rows();

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Names();

    // Comments and strings name types that the code does not use.
    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex NoCode();

    [GeneratedRegex(@"(public|internal|private) (?:sealed |static |abstract |readonly |partial |ref )*"
        + @"(?:record struct|record|struct|class|enum|interface) (\w+)")]
    private static partial Regex Declaration();

    // Where a type is used rather than a property or method of the same name: before a member, a type argument or a variable, or after new.
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+(?=\.[A-Z]|<|\[\]|>"
        + @"|\?? (?!is\b|and\b|or\b|in\b|switch\b|with\b|as\b|when\b)[a-zA-Z_])|(?<=\bnew )[A-Z]\w+(?=\()")]
    private static partial Regex Identifier();
}
