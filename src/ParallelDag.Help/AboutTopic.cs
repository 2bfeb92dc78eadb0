using System.Text;
using System.Text.RegularExpressions;

namespace ParallelDag.Help;

/// <summary>An about topic: Markdown turned into the plain text that Get-Help prints, wrapped at 80 columns.</summary>
public static partial class AboutTopic
{
    private const int Width = 80;

    /// <summary>Pages of docs/ that Get-Help shows too, and the topics that they become.</summary>
    public static IReadOnlyList<(string Page, string Topic)> References { get; } =
    [
        ("checks.md", "about_ParallelDag_Checks"), ("semantics.md", "about_ParallelDag_Semantics"),
        ("graph-files.md", "about_ParallelDag_GraphFiles"),
        ("simulators.md", "about_ParallelDag_Simulators"),
    ];

    /// <summary>The text of a topic made of a page that was not written as one: its title is the short description.</summary>
    public static string OfReference(string topic, string markdown)
    {
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n', 2);
        return ToText($"# {topic}\n\n## Short description\n\n{lines[0].TrimStart('#', ' ')}.\n\n## Long description\n{lines[^1]}");
    }

    /// <summary>The text of the topic.</summary>
    public static string ToText(string markdown)
    {
        var text = new StringBuilder();
        var paragraph = new StringBuilder();
        bool inCode = false;
        foreach (string line in markdown.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                Flush();
                inCode = !inCode;
                text.Append(inCode ? "" : "\n");
            }
            else if (inCode)
                text.Append("    ").Append(line).Append('\n');
            else if (line.StartsWith('#'))
            {
                Flush();
                int level = line.TakeWhile(letter => letter == '#').Count();
                string title = Plain(line[level..].Trim());
                text.Append(level == 1 ? $"TOPIC\n    {title}\n\n" : level == 2 ? $"{title.ToUpperInvariant()}\n\n" : $"  {title}\n\n");
            }
            else if (line.StartsWith('|'))
                AppendRow(line);
            else if (line.Trim().Length == 0)
                Flush();
            else
            {
                if (line.StartsWith("- ", StringComparison.Ordinal))
                    Flush(endsParagraph: false);
                paragraph.Append(paragraph.Length == 0 ? "" : " ").Append(Plain(line.Trim()));
            }
        }

        Flush();
        return text.ToString().TrimEnd() + "\n";

        void Flush(bool endsParagraph = true)
        {
            if (paragraph.Length > 0)
                text.Append(Wrap(paragraph.ToString(), paragraph[0] == '-' ? "      " : "    ")).Append(endsParagraph ? "\n" : "");
            paragraph.Clear();
        }

        // A table becomes a list: the first cell, then the others as its description.
        void AppendRow(string row)
        {
            Flush();
            string[] cells = [.. row.Trim().Trim('|').Split('|').Select(cell => Plain(cell.Trim()))];
            if (cells.All(cell => cell.Trim('-', ':').Length == 0))
                return;
            text.Append(Wrap(cells[0], "    "))
                .Append(Wrap("  " + string.Join("; ", cells.Skip(1).Where(cell => cell.Length > 0)), "      ")).Append('\n');
        }
    }

    private static string Wrap(string paragraph, string hanging)
    {
        var text = new StringBuilder();
        string indent = "    ";
        var line = new StringBuilder(indent + (paragraph.StartsWith("  ", StringComparison.Ordinal) ? "  " : ""));
        int start = line.Length;
        foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > start && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(hanging);
                start = line.Length;
            }

            line.Append(line.Length == start ? "" : " ").Append(word);
        }

        return text.Append(line).Append('\n').ToString();
    }

    private static string Plain(string line) =>
        MarkdownLink().Replace(line, "$1").Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex MarkdownLink();
}
