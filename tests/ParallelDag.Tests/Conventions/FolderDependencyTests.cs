using System.Text.RegularExpressions;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Tests.Conventions;

/// <summary>The folders of the core depend on each other without a cycle, so that each can be read after those below it.</summary>
public partial class FolderDependencyTests
{
    [Fact]
    public void Folders_of_the_core_form_a_DAG()
    {
        string core = Path.Combine(RepositoryRoot(), "src", "ParallelDag");
        var codeOfFolder = new Dictionary<string, string>();
        foreach (string folder in Directory.GetDirectories(core).Where(folder => Path.GetFileName(folder) is not ("bin" or "obj")))
        {
            codeOfFolder.Add(
                Path.GetFileName(folder),
                string.Join('\n', Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories).Select(file => NoCode().Replace(File.ReadAllText(file), " "))));
        }

        string[] folders = [.. codeOfFolder.Keys.Order(StringComparer.Ordinal)];
        var folderOfType = new Dictionary<string, int>();
        var declared = new HashSet<string>[folders.Length];
        for (int i = 0; i < folders.Length; i++)
        {
            declared[i] = [];
            foreach (Match declaration in Declaration().Matches(codeOfFolder[folders[i]]))
            {
                declared[i].Add(declaration.Groups[2].Value);
                if (declaration.Groups[1].Value != "private")
                    folderOfType[declaration.Groups[2].Value] = i;
            }
        }

        var sources = new List<int>();
        var targets = new List<int>();
        for (int i = 0; i < folders.Length; i++)
        {
            foreach (int used in Uses(i).Select(use => use.Folder).Distinct())
            {
                sources.Add(i);
                targets.Add(used);
            }
        }

        Assert.True(sources.Count > folders.Length);
        Topology graph = Topology.FromEdges(folders.Length, [.. sources], [.. targets]);
        int[] cycle = CycleSearch.Find(graph);
        Assert.True(cycle.Length == 0, "a cycle of folders: " + string.Join(" -> ", cycle.Select(edge => $"{folders[graph.SourceOf(edge)]} (uses {Witness(graph.SourceOf(edge), graph.TargetOf(edge))})")));

        string Witness(int user, int used) => Uses(user).First(use => use.Folder == used).Type;

        // A folder's own type, private ones included, hides one of the same name elsewhere.
        IEnumerable<(string Type, int Folder)> Uses(int user) => Identifier().Matches(codeOfFolder[folders[user]])
            .Where(match => !declared[user].Contains(match.Value) && folderOfType.ContainsKey(match.Value))
            .Select(match => (match.Value, folderOfType[match.Value]));
    }

    private static string RepositoryRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ParallelDag.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests do not run inside the repository");
        return folder;
    }

    // Comments and strings name types that the code does not use.
    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex NoCode();

    [GeneratedRegex(@"(public|internal|private) (?:sealed |static |abstract |readonly |partial |ref )*(?:record struct|record|struct|class|enum|interface) (\w+)")]
    private static partial Regex Declaration();

    // Where a type is used rather than a property of the same name: before a member, a type argument, a variable or a call.
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+(?=\.[A-Z]|<|\[\]|>|\(|\?? (?!is\b|and\b|or\b|in\b|switch\b|with\b|as\b|when\b)[a-zA-Z_])")]
    private static partial Regex Identifier();
}
