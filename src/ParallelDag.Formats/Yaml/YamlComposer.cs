using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Wording;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ParallelDag.Formats.Yaml;

/// <summary>
/// Composes the parser's events into one document tree. Faults of grammar end the work; duplicate keys, merge keys and tags
/// are collected, so that a user sees them all at once.
/// </summary>
internal sealed class YamlComposer(SourceText input, CancellationToken cancellation)
{
    private const int MaxProblems = 20;

    // YamlDotNet 16.3 leaves some faulty texts ("[\n1\n2]" in a mapping) with an exception or an event that cannot stand there.
    private const string Malformed = "not valid YAML here; check the brackets, commas and indentation around this line";

    private readonly Scanner _scanner = new(new StringReader(input.Text));
    private readonly Dictionary<AnchorName, Composed> _anchors = [];
    private readonly List<InputProblem> _problems = [];
    private Parser? _parser;

    /// <summary>A value, and how many values it holds when its aliases are written out.</summary>
    private readonly record struct Composed(DocumentNode Node, int Values);

    /// <summary>Reads the one document of the text.</summary>
    public DocumentNode Compose()
    {
        _parser = new Parser(_scanner);
        Next<StreamStart>();
        if (Next() is StreamEnd)
            throw Fault(default, "the file is empty; it must hold one plan");
        DocumentNode root = ComposeNode(Next(), depth: 0).Node;
        Next<DocumentEnd>();
        if (Next() is DocumentStart second)
            throw Fault(Place(second), "a second document starts here; a file holds one, so split it or remove the '---'");
        return _problems.Count == 0 ? root : throw new InputException(_problems);
    }

    private Composed ComposeNode(ParsingEvent parsed, int depth)
    {
        cancellation.ThrowIfCancellationRequested();
        if (parsed is AnchorAlias alias)
            return Resolve(alias);
        if (parsed is not NodeEvent start)
            throw Fault(Place(parsed), Malformed);
        if (!start.Tag.IsEmpty)
            Report(Place(start), $"the tag {OneLine.Quote(start.Tag.IsNonSpecific ? "!" : start.Tag.Value)} is not supported; remove it");
        if (depth > YamlDocument.MaxDepth)
            throw Fault(Place(start),
                Words.Invariant($"nested deeper than {YamlDocument.MaxDepth} levels; a plan needs four"));
        Composed composed = start switch
        {
            Scalar scalar => new(new DocumentScalar(scalar.Value, scalar.Style != ScalarStyle.Plain, Place(scalar)), 1),
            SequenceStart sequence => ComposeList(sequence, depth),
            _ => ComposeMap((MappingStart)start, depth),
        };
        if (!start.Anchor.IsEmpty)
            _anchors[start.Anchor] = composed;
        return composed;
    }

    private Composed ComposeList(SequenceStart start, int depth)
    {
        var items = new List<DocumentNode>();
        int values = 1;
        for (ParsingEvent item = Next(); item is not SequenceEnd; item = Next())
        {
            Composed composed = ComposeNode(item, depth + 1);
            items.Add(composed.Node);
            values = Count(values, composed, Place(item));
        }

        return new(new DocumentList(items, Place(start)), values);
    }

    private Composed ComposeMap(MappingStart start, int depth)
    {
        var entries = new List<DocumentEntry>();
        var seen = new Dictionary<string, TextPosition>(StringComparer.Ordinal);
        int values = 1;
        for (ParsingEvent parsed = Next(); parsed is not MappingEnd; parsed = Next())
        {
            string? key = ReadKey(parsed, depth);
            TextPosition place = Place(parsed);
            ParsingEvent first = Next();
            Composed value = ComposeNode(first, depth + 1);
            values = Count(values, value, Place(first));
            if (key is null)
                continue;
            if (key.Length == 0 && parsed is Scalar { Style: ScalarStyle.Plain })
                Report(Place(first), "a key is missing before the ':'");
            else if (seen.TryGetValue(key, out TextPosition earlier))
                Report(place, Words.Invariant(
                    $"the key '{OneLine.Quote(key)}' is given twice, first on line {earlier.Line}; remove one of them"));
            else
            {
                seen.Add(key, place);
                entries.Add(new DocumentEntry(key, place, value.Node));
            }
        }

        return new(new DocumentMap(entries, Place(start)), values);
    }

    /// <summary>The text of a key, or null when it is none that a mapping may have; then the fault is on the list.</summary>
    private string? ReadKey(ParsingEvent parsed, int depth)
    {
        if (parsed is not Scalar scalar)
        {
            ComposeNode(parsed, depth + 1);
            Report(Place(parsed), "a key must be plain text, not a list, a mapping or an alias");
            return null;
        }

        if (!scalar.Tag.IsEmpty)
            Report(Place(scalar),
                $"the tag {OneLine.Quote(scalar.Tag.IsNonSpecific ? "!" : scalar.Tag.Value)} is not supported; remove it");
        if (!scalar.Anchor.IsEmpty)
            _anchors[scalar.Anchor] = new(new DocumentScalar(scalar.Value, scalar.Style != ScalarStyle.Plain, Place(scalar)), 1);
        if (scalar.Style != ScalarStyle.Plain)
            return scalar.Value;
        if (scalar.Value == "<<")
        {
            Report(Place(scalar), "merge keys ('<<') are not supported; write the keys out");
            return null;
        }

        return scalar.Value;
    }

    private Composed Resolve(AnchorAlias alias)
    {
        if (_anchors.TryGetValue(alias.Value, out Composed target))
            return target;
        throw Fault(Place(alias),
            $"the alias '*{OneLine.Quote(alias.Value.Value)}' has no anchor '&{OneLine.Quote(alias.Value.Value)}' above it");
    }

    private int Count(int values, Composed item, TextPosition place)
    {
        int sum = values + item.Values;
        return sum <= YamlDocument.MaxValues
            ? sum
            : throw Fault(place,
                Words.Invariant($"more than {YamlDocument.MaxValues:N0} values, aliases written out; no plan needs as many"));
    }

    private ParsingEvent Next()
    {
        try
        {
            return _parser!.MoveNext() ? _parser.Current! : throw Fault(default, "the file ends too early");
        }
        catch (YamlException fault)
        {
            (TextPosition place, string message) = YamlFaults.Explain(fault, input);
            throw Fault(place, message);
        }
        catch (Exception fault) when (fault is not InputException)
        {
            Mark mark = _scanner.CurrentPosition;
            throw Fault(new TextPosition((int)mark.Line, (int)mark.Column), Malformed);
        }
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Next() is not T)
            throw Fault(default, Malformed);
    }

    private void Report(TextPosition place, string message)
    {
        _problems.Add(new InputProblem(input.File, place, message));
        if (_problems.Count == MaxProblems)
            throw new InputException(_problems);
    }

    /// <summary>A fault that ends the work; what was reported before it comes along.</summary>
    private InputException Fault(TextPosition place, string message) =>
        new([.. _problems, new InputProblem(input.File, place == default ? default : input.Clamp(place), message)]);

    private TextPosition Place(ParsingEvent parsed) => input.Clamp(new TextPosition((int)parsed.Start.Line, (int)parsed.Start.Column));
}
