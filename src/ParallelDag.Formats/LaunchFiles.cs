using ParallelDag.Documents;
using ParallelDag.Engines.Import;
using ParallelDag.Files;
using ParallelDag.Formats.Yaml;

namespace ParallelDag.Formats;

/// <summary>Files that start engines: scripts, manifests and the engines' own, in; a plan out.</summary>
public static class LaunchFiles
{
    /// <summary>Reads a command by its words.</summary>
    /// <exception cref="InputException">It is none of the engine, or degrees do not go together.</exception>
    public static ImportedPlan Import(ImportOptions options, IReadOnlyList<string> words)
    {
        LaunchImport import = new(options with { OpenFile = file => Open(file, null), ReadDocument = text => YamlDocument.Read(text) });
        import.Add(words);
        return import.ToPlan();
    }

    /// <summary>Reads text: a script, a command, or YAML.</summary>
    /// <exception cref="InputException">There is no command of the engine, or degrees do not go together.</exception>
    public static ImportedPlan Import(ImportOptions options, string text)
    {
        LaunchImport import = new(options with { OpenFile = file => Open(file, null), ReadDocument = yaml => YamlDocument.Read(yaml) });
        Add(import, text, "the text");
        return import.ToPlan();
    }

    /// <summary>Reads files: scripts, manifests, an engine's own file. A file that a command names is looked for beside its
    /// script.</summary>
    /// <exception cref="InputException">There is no command of the engine, or degrees do not go together.</exception>
    public static ImportedPlan Import(ImportOptions options, IReadOnlyList<InputFile> files)
    {
        string? folder = files[0].Folder;
        LaunchImport import = new(options with { OpenFile = file => Open(file, folder), ReadDocument = yaml => YamlDocument.Read(yaml) });
        foreach (InputFile file in files)
            Add(import, SourceText.Of(file, YamlDocument.MaxBytes).Text, file.Name);
        return import.ToPlan();
    }

    private static void Add(LaunchImport import, string text, string name)
    {
        if (IsScript(text))
        {
            import.AddScript(text);
            return;
        }

        foreach (string document in Documents(text))
            import.AddDocument(YamlDocument.Read(document, name));
    }

    // A script begins with its interpreter, or is no YAML mapping: keys of manifests stand at the start of a line and end in a colon.
    private static bool IsScript(string text) => text.StartsWith("#!", StringComparison.Ordinal) || !text.Split('\n').Any(line =>
        line.TrimStart('{', ' ').Split(':', 2) is [string key, string rest] && key.Length > 0
            && (rest.Trim().Length == 0 || rest[0] is ' ' or '\r')
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '"' or '-'));

    /// <summary>The documents of a YAML text: reading is of one at a time.</summary>
    private static IEnumerable<string> Documents(string text)
    {
        string[] lines = text.Split('\n');
        int start = 0;
        for (int i = 0; i <= lines.Length; i++)
        {
            if (i < lines.Length && lines[i].TrimEnd() != "---")
                continue;
            string document = string.Join('\n', lines[start..i]);
            if (document.Split('\n').Any(line => line.Trim().Length > 0 && !line.TrimStart().StartsWith('#')))
                yield return document;
            start = i + 1;
        }
    }

    private static DocumentNode? Open(string file, string? folder)
    {
        string path = folder is null || Path.IsPathRooted(file) ? file : Path.Combine(folder, file);
        return File.Exists(path) ? YamlDocument.ReadFile(path, file) : null;
    }
}
