using ParallelDag.Graphs;

namespace ParallelDag.Documents;

/// <summary>
/// A value of a plan document with its place in the file. YAML, JSON and PowerShell hashtables all become this tree,
/// so that one strict binder (<c>PlanReader</c>) serves them all.
/// </summary>
/// <param name="Position">Where the value starts; default (0:0) when it did not come from a file.</param>
public abstract record DocumentNode(TextPosition Position)
{
    /// <summary>What the value is, for error messages: <c>a number</c>, <c>a list</c>.</summary>
    public abstract string Describe();
}

/// <summary>A scalar: its text as written, without quotes.</summary>
/// <param name="Text">The text.</param>
/// <param name="Quoted">True when it was written in quotes, so that it is a string whatever it looks like.</param>
/// <param name="Position">Where the value starts.</param>
public sealed record DocumentScalar(string Text, bool Quoted, TextPosition Position) : DocumentNode(Position)
{
    /// <summary>True for an unquoted <c>null</c>, <c>~</c> or nothing at all.</summary>
    public bool IsNull => !Quoted && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <inheritdoc/>
    public override string Describe() => IsNull ? "nothing" : $"'{(Text.Length > 40 ? Text[..40] + "..." : Text)}'";
}

/// <summary>A list of values.</summary>
/// <param name="Items">The values in order.</param>
/// <param name="Position">Where the list starts.</param>
public sealed record DocumentList(IReadOnlyList<DocumentNode> Items, TextPosition Position) : DocumentNode(Position)
{
    /// <inheritdoc/>
    public override string Describe() => "a list";
}

/// <summary>A mapping of keys to values, in the order of the file. Readers refuse duplicate keys.</summary>
/// <param name="Entries">The entries in order.</param>
/// <param name="Position">Where the mapping starts.</param>
public sealed record DocumentMap(IReadOnlyList<DocumentEntry> Entries, TextPosition Position) : DocumentNode(Position)
{
    /// <inheritdoc/>
    public override string Describe() => "a mapping";

    /// <summary>The value of <paramref name="key"/>, or null.</summary>
    public DocumentNode? Find(string key)
    {
        foreach (DocumentEntry entry in Entries)
        {
            if (entry.Key == key)
                return entry.Value;
        }

        return null;
    }
}

/// <summary>One key with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="KeyPosition">Where the key starts.</param>
/// <param name="Value">The value.</param>
public sealed record DocumentEntry(string Key, TextPosition KeyPosition, DocumentNode Value);
