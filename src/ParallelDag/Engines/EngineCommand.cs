namespace ParallelDag.Engines;

/// <summary>What starts an engine on one node of an instance.</summary>
/// <param name="Variables">Environment variables, in order.</param>
/// <param name="Words">The command.</param>
/// <param name="Config">The content of the engine's file, which the command names; null for an engine that takes flags alone.</param>
internal sealed record EngineCommand(
    IReadOnlyList<(string Name, CommandWord Value)> Variables, IReadOnlyList<CommandWord> Words, string? Config = null)
{
    /// <summary>The command in one line.</summary>
    public string Line => CommandWord.Line(Words);
}

/// <summary>Builds a command with the options of an engine's table.</summary>
internal sealed class CommandBuilder(EngineTable table)
{
    private readonly List<CommandWord> _words = [.. table.Command.Select(word => new CommandWord(word))];

    /// <summary>The command.</summary>
    public IReadOnlyList<CommandWord> Words => _words;

    /// <summary>A word that is no option.</summary>
    public CommandBuilder Word(string text)
    {
        _words.Add(new CommandWord(text));
        return this;
    }

    /// <summary>An option without a value.</summary>
    public CommandBuilder Flag(string means, bool when = true) => when ? Word(table.Option(means).Flag!) : this;

    /// <summary>An option with a text.</summary>
    public CommandBuilder Option(string means, string value) => Word(table.Option(means).Flag!).Word(value);

    /// <summary>An option with a number.</summary>
    public CommandBuilder Option(string means, int value, bool when = true) =>
        when ? Option(means, value.ToString(System.Globalization.CultureInfo.InvariantCulture)) : this;

    /// <summary>An option with a word that the shell may expand.</summary>
    public CommandBuilder Option(string means, CommandWord value)
    {
        Word(table.Option(means).Flag!);
        _words.Add(value);
        return this;
    }
}
