using ParallelDag.Wording;

namespace ParallelDag.Files;

/// <summary>An output cannot be written. What stood there before stands there still.</summary>
/// <param name="path">The output, as the user named it.</param>
/// <param name="message">What is wrong and what to change, in one line.</param>
/// <param name="inner">What the system said.</param>
public sealed class OutputException(string path, string message, Exception? inner = null) : IOException(OneLine.Of(message), inner)
{
    /// <summary>Reports nothing in particular.</summary>
    public OutputException()
        : this("", "this cannot be written")
    {
    }

    /// <summary>Reports an output without a name.</summary>
    public OutputException(string message)
        : this("", message)
    {
    }

    /// <summary>Reports an output without a name.</summary>
    public OutputException(string message, Exception inner)
        : this("", message, inner)
    {
    }

    /// <summary>The output, as the user named it.</summary>
    public string Path { get; } = path;

    /// <summary><c>path: message</c>.</summary>
    public override string ToString() => $"{OneLine.Of(Path)}: {Message}";
}
