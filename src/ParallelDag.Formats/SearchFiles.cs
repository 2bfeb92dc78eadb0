using System.Text;
using ParallelDag.Files;
using ParallelDag.Formats.Yaml;
using ParallelDag.Pictures.Pareto;
using ParallelDag.Plans;
using ParallelDag.Search;

namespace ParallelDag.Formats;

/// <summary>The files of a search: its report, the picture of its front, and the best plan.</summary>
public static class SearchFiles
{
    /// <summary>The names of the files; no picture and no plan where nothing was found.</summary>
    public static IReadOnlyList<string> Names(SearchResult result) =>
    [
        .. result.Front.Count > 0 ? [$"{result.Problem.Name}_pareto.svg"] : (string[])[],
        $"{result.Problem.Name}_search.md",
        .. result.Candidates.Count > 0 ? [$"{result.Problem.Name}_best.yaml"] : (string[])[],
    ];

    /// <summary>Adds them to files that are put in place together.</summary>
    /// <param name="result">The search.</param>
    /// <param name="files">The files.</param>
    /// <param name="folder">The folder; made where it is not there.</param>
    /// <param name="admit">Told of each file before anything is written; throws to refuse it.</param>
    public static void Write(SearchResult result, OutputFiles files, string folder, Action<string>? admit = null)
    {
        IReadOnlyList<string> names = Names(result);
        foreach (string name in names)
            admit?.Invoke(Path.Combine(folder, name));
        files.CreateFolder(folder);
        foreach (string name in names)
        {
            files.Add(Path.Combine(folder, name), stream =>
            {
                if (name.EndsWith(".svg", StringComparison.Ordinal))
                    ParetoPicture.Write(result, stream);
                else if (name.EndsWith(".md", StringComparison.Ordinal))
                    stream.Write(Encoding.UTF8.GetBytes(SearchReport.Write(result)));
                else
                    YamlWriter.Write(PlanDocument.From(result.Candidates[0].Plan!.Spec, folder), stream);
            });
        }
    }
}
