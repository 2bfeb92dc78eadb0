using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Graphs;
using YamlDotNet.Core;

namespace ParallelDag.Formats.Yaml;

/// <summary>Says in a user's words what the YAML parser found wrong, and where to look.</summary>
internal static class YamlFaults
{
    private const string Tab = "tab";

    // What the parser says -> what to change. The first row that is contained in the parser's message wins.
    private static readonly (string Says, string Advice)[] Advice =
    [
        (Tab, "YAML does not allow tabs as indentation; use spaces"),
        ("multiline plain scalar, found invalid mapping", "a ':' where none can be; is a space missing after the ':' of the line above?"),
        ("plain scalar value, found invalid mapping",
            "a second 'key: value' on one line, or a line indented too far; start it on a line of its own below its neighbours, or "
                + "quote the value"),
        ("multi-line double-quoted scalar", "a quoted text that goes on here must be indented; is the closing quote missing?"),
        ("found unexpected end of stream", "a quoted text that starts here is never closed"),
        ("found unknown escape character", "an unknown escape in a quoted text; write \\\\ for a backslash, or use single quotes"),
        ("did not find expected ',' or ']'", "a list in brackets is not closed; a ',' or ']' is missing"),
        ("did not find expected ',' or '}'", "a mapping in braces is not closed; a ',' or '}' is missing"),
        ("did not find expected '-' indicator", "a '- item' is expected, indented like the items above"),
        ("did not find expected key", "a 'key: value' is expected, indented like the keys above"),
        ("did not find expected node content", "a value is expected"),
        ("did not find expected <document start>", "a 'key: value' is expected"),
        ("did not find expected <document end>", "nothing may follow the value above; check its brackets and indentation"),
        ("cannot start any token", "a value cannot start with this character; put the value in quotes"),
        ("sequence entries are not allowed", "a list cannot start on the line of its key; write [a, b], or start it on the next line"),
        ("Mapping keys are not allowed", "a '?' key cannot stand here; write 'key: value'"),
        ("incompatible YAML document", "only YAML 1.1 and 1.2 are read; remove the %YAML line"),
        ("undefined tag handle", "tags are not supported; remove the '!...'"),
        ("anchor or alias", "'&' and '*' start an anchor or an alias, which need a name; put the value in quotes if none is meant"),
    ];

    /// <summary>The place and the message for a fault of grammar.</summary>
    public static (TextPosition Place, string Message) Explain(YamlException fault, SourceText input)
    {
        var place = input.Clamp(new TextPosition((int)fault.Start.Line, (int)fault.Start.Column));
        foreach ((string says, string advice) in Advice)
        {
            if (fault.Message.Contains(says, StringComparison.OrdinalIgnoreCase))
                return (says == Tab ? FirstIndentingTab(input, place) : place, $"not valid YAML: {advice}");
        }

        string message = fault.Message.ReplaceLineEndings(" ").TrimEnd('.');
        return (place, $"not valid YAML: {char.ToLowerInvariant(message[0])}{message[1..]}");
    }

    /// <summary>The parser points at the mapping around it; the tab is in the indentation of a later line.</summary>
    private static TextPosition FirstIndentingTab(SourceText input, TextPosition from)
    {
        for (int line = from.Line; input.LineAt(new TextPosition(line, 1)) is string text; line++)
        {
            int indent = text.Length - text.TrimStart(' ', '\t').Length;
            if (text.AsSpan(0, indent).IndexOf('\t') is var tab and >= 0 && indent < text.Length && text[indent] != '#')
                return new TextPosition(line, tab + 1);
        }

        return from;
    }
}
