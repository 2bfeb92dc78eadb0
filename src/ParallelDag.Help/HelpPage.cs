using System.Text.RegularExpressions;

namespace ParallelDag.Help;

/// <summary>A titled piece of a page.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Text">Its paragraphs, one line each.</param>
/// <param name="Code">The code block under the heading, or empty.</param>
public sealed record HelpSection(string Title, IReadOnlyList<string> Text, string Code);

/// <summary>
/// The page of one cmdlet: a Markdown file with <c># Name</c>, a paragraph that is the synopsis, and the sections Description, Parameters,
/// Inputs, Outputs, Examples and Links, whose entries are third-level headings. An entry may hold one fenced code block.
/// </summary>
public sealed partial class HelpPage
{
    private HelpPage(string name, string synopsis, IReadOnlyDictionary<string, List<HelpSection>> sections, HelpPage? shared)
    {
        Name = name;
        Synopsis = synopsis;
        Description = Section("Description").SelectMany(section => section.Text).ToList();
        Examples = Section("Examples").Skip(1).ToList();
        Inputs = Section("Inputs").Skip(1).ToList();
        Outputs = Section("Outputs").Skip(1).ToList();
        Links = Section("Links").SelectMany(section => section.Text).SelectMany(text => Link().Matches(text).Select(match => match.Value))
            .ToList();
        OwnParameters = Section("Parameters").Skip(1).ToDictionary(section => section.Title.TrimStart('-'), StringComparer.Ordinal);
        _shared = shared;

        List<HelpSection> Section(string title) => sections.TryGetValue(title, out List<HelpSection>? found) ? found : [];
    }

    private readonly HelpPage? _shared;

    /// <summary>The name of the cmdlet.</summary>
    public string Name { get; }

    /// <summary>What it does, in one sentence.</summary>
    public string Synopsis { get; }

    /// <summary>What there is to know, by paragraph.</summary>
    public IReadOnlyList<string> Description { get; }

    /// <summary>What it takes from the pipeline, by type.</summary>
    public IReadOnlyList<HelpSection> Inputs { get; }

    /// <summary>What it returns, by type.</summary>
    public IReadOnlyList<HelpSection> Outputs { get; }

    /// <summary>Examples: title, code, remarks.</summary>
    public IReadOnlyList<HelpSection> Examples { get; }

    /// <summary>Names of other commands and topics.</summary>
    public IReadOnlyList<string> Links { get; }

    /// <summary>The parameters that the page itself describes.</summary>
    public IReadOnlyDictionary<string, HelpSection> OwnParameters { get; }

    /// <summary>The words on a parameter: the page's own, else those of the page that all cmdlets share.</summary>
    public IReadOnlyList<string>? Parameter(string name) =>
        OwnParameters.TryGetValue(name, out HelpSection? section) ? section.Text : _shared?.Parameter(name);

    /// <summary>The value that the words on a parameter give as its default: <c>Default: 2048.</c>; null when they give none.</summary>
    public string? Default(string name) =>
        (Parameter(name) ?? []).Select(text => StatedDefault().Match(text)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    /// <summary>Reads a page.</summary>
    public static HelpPage Read(string file, HelpPage? shared = null)
    {
        string name = "", title = "", entry = "";
        var sections = new Dictionary<string, List<HelpSection>>(StringComparer.Ordinal);
        var text = new List<string>();
        string code = "";
        bool inCode = false, newParagraph = true;
        foreach (string line in File.ReadAllLines(file))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                inCode = !inCode;
            else if (inCode)
                code += code.Length == 0 ? line : "\n" + line;
            else if (line.StartsWith("# ", StringComparison.Ordinal))
                name = line[2..].Trim();
            else if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                Close();
                (title, entry) = (line[3..].Trim(), "");
            }
            else if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                Close();
                entry = line[4..].Trim();
            }
            else if (line.Trim().Length == 0)
                newParagraph = true;
            else if (newParagraph || line.StartsWith("- ", StringComparison.Ordinal))
            {
                text.Add(Plain(line));
                newParagraph = false;
            }
            else
                text[^1] += " " + Plain(line);
        }

        Close();
        return new HelpPage(name, sections.TryGetValue("", out List<HelpSection>? head) && head[0].Text.Count > 0 ? head[0].Text[0] : "",
            sections, shared);

        void Close()
        {
            if (!sections.TryGetValue(title, out List<HelpSection>? list))
                sections.Add(title, list = []);
            list.Add(new HelpSection(entry, [.. text], code));
            text.Clear();
            (code, newParagraph) = ("", true);
        }
    }

    /// <summary>Where the page and the cmdlet differ: one line each, none when they agree.</summary>
    public IEnumerable<string> Compare(CmdletMetadata cmdlet)
    {
        const int FewestExamples = 3;
        if (Name != cmdlet.Name)
            yield return $"the heading is '{Name}', the cmdlet {cmdlet.Name}";
        if (Synopsis.Length == 0)
            yield return "there is no synopsis: write one sentence under the heading";
        if (Description.Count == 0)
            yield return "there is no Description";
        if (Examples.Count(example => example.Code.Length > 0) < FewestExamples)
            yield return $"there are fewer than {FewestExamples} Examples with code";
        if (Outputs.Count == 0)
            yield return "there are no Outputs";
        foreach (ParameterMetadata parameter in cmdlet.Parameters)
        {
            if (Parameter(parameter.Name) is not { Count: > 0 })
                yield return $"the parameter -{parameter.Name} is not described";
        }

        foreach (string described in OwnParameters.Keys)
        {
            if (!cmdlet.Parameters.Any(parameter => parameter.Name == described))
                yield return $"-{described} is described, but {cmdlet.Name} has no such parameter";
        }
    }

    /// <summary>Markdown without its marks: help is plain text.</summary>
    private static string Plain(string line) =>
        MarkdownLink().Replace(line.Trim(), "$1").Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"Default: (.+?)(?:\.(?:\s|$)|;)")]
    private static partial Regex StatedDefault();

    [GeneratedRegex(@"[A-Za-z_]+[-A-Za-z_]*[A-Za-z]")]
    private static partial Regex Link();
}
