using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>One thing that is wrong with what the user gave us, with its place and the way out.</summary>
/// <param name="File">The file as the user named it, or null when the input was no file.</param>
/// <param name="Position">The place, or default (0:0) when there is none.</param>
/// <param name="Message">One line: what is wrong, and what to change.</param>
public sealed record InputProblem(string? File, TextPosition Position, string Message)
{
    /// <summary>One line, whatever was quoted into it: what is wrong, and what to change.</summary>
    public string Message { get; init; } = OneLine.Of(Message);

    /// <summary>The line of the file that holds the fault, where it is known.</summary>
    public string? LineText { get; init; }

    /// <summary><c>file:line:column: message</c>, without the parts that are unknown.</summary>
    public override string ToString()
    {
        string place = Position.Line == 0 ? "" : Words.Invariant($"{Position.Line}:{Position.Column}:");
        string file = File is null ? "" : OneLine.Of(File) + ":";
        return file.Length + place.Length == 0 ? Message : $"{file}{place} {Message}";
    }
}

/// <summary>
/// The input is wrong: a plan, a graph file or an argument. Carries every problem found, each on one line;
/// a user never sees its stack trace.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Reports several problems.</summary>
    public InputException(IReadOnlyList<InputProblem> problems)
        : base(string.Join('\n', problems)) => Problems = problems.ToArray();

    /// <summary>Reports one of several problems: the message tells it alone, <see cref="Problems"/> holds all.</summary>
    public InputException(InputProblem problem, IReadOnlyList<InputProblem> problems)
        : base(problem.ToString()) => Problems = problems.ToArray();

    /// <summary>Reports one problem.</summary>
    public InputException(string? file, TextPosition position, string message)
        : this([new InputProblem(file, position, message)])
    {
    }

    /// <summary>Reports one problem that has no place in a file.</summary>
    public InputException(string message)
        : this(null, default, message)
    {
    }

    /// <summary>Reports nothing in particular.</summary>
    public InputException()
        : this("the input is wrong")
    {
    }

    /// <summary>Reports one problem that was found while another exception was handled.</summary>
    public InputException(string message, Exception inner)
        : base(message, inner) => Problems = new[] { new InputProblem(null, default, message) };

    /// <summary>What is wrong, in the order in which it was found.</summary>
    public IReadOnlyList<InputProblem> Problems { get; }
}
