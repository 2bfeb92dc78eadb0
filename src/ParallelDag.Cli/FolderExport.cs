using ParallelDag.Chakra;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary>The output of a format that is several files in a folder.</summary>
internal static class FolderExport
{
    /// <summary>Creates the folder and returns the path that the names of all files begin with, behind it the format's extension.</summary>
    /// <exception cref="OutputException">The folder cannot be created, or a file is the input.</exception>
    public static string Prepare(OutputFiles files, string folder, GraphFormat format, Dag dag, InputFile input)
    {
        files.CreateFolder(folder);
        string stem = Path.Combine(folder, FileNames.Of(dag.Name));
        foreach (string suffix in format.Parts!(dag))
        {
            if (input.Path is string path && OutputFiles.AreSame(path, stem + suffix))
                throw new OutputException(stem + suffix, "this is the input; choose another folder for the output");
        }

        return stem + format.Extension;
    }

    /// <summary>What lies in the folder beside the files and may be taken for some of them; null when nothing.</summary>
    public static string? Leftover(string folder, GraphFormat format, Dag dag) =>
        ChakraTraces.Leftover(Path.Combine(folder, FileNames.Of(dag.Name)), Traces(format, dag));

    /// <summary><c>wrote 176 traces and 4 more files: out/deepseek_v3.*</c>.</summary>
    public static string Summary(string folder, GraphFormat format, Dag dag)
    {
        int traces = Traces(format, dag);
        return $"wrote {Words.Count(traces, "trace")} and {Words.Count(format.Parts!(dag).Count - traces, "more file")}: "
            + OneLine.Of(Path.Combine(folder, FileNames.Of(dag.Name)) + ".*");
    }

    private static int Traces(GraphFormat format, Dag dag) =>
        format.Parts!(dag).Count(part => part.EndsWith(format.Extension, StringComparison.Ordinal));
}
