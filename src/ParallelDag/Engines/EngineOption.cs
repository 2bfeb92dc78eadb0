namespace ParallelDag.Engines;

/// <summary>What an option of an engine takes.</summary>
public enum OptionValue
{
    /// <summary>Nothing: it stands or it does not.</summary>
    None,

    /// <summary>A whole number.</summary>
    Count,

    /// <summary>A whole number, also as people shorten it: <c>8k</c> is 8,000, <c>8K</c> is 8,192.</summary>
    Size,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A JSON object.</summary>
    Json,

    /// <summary>Several values, up to the next option.</summary>
    List,

    /// <summary>In a file true or false, on a command line nothing.</summary>
    Flag,
}

/// <summary>An option of an engine: a row of its table.</summary>
/// <param name="Means">What it says of a plan, in one word for all engines; <c>other</c> for what no plan tells.</param>
/// <param name="Flag">On the command line; null for one that stands in a file alone.</param>
/// <param name="Aliases">Other spellings on the command line.</param>
/// <param name="Field">In the engine's file, its keys joined by dots; null for one that is a flag alone.</param>
/// <param name="Takes">What it takes.</param>
/// <param name="Default">Its value where it is left out; null when the engine decides.</param>
/// <param name="Since">The first version that has it; null for one that is older than this table.</param>
/// <param name="Until">The first version that lacks it again; null for one that is there.</param>
public sealed record EngineOption(
    string Means, string? Flag, IReadOnlyList<string> Aliases, string? Field, OptionValue Takes, string? Default, Version? Since,
        Version? Until)
{
    /// <summary>As people name it.</summary>
    public string Name => Flag ?? Field ?? Means;
}

/// <summary>An environment variable of an engine.</summary>
/// <param name="Means">What it says of a plan.</param>
/// <param name="Name">The variable.</param>
/// <param name="Until">The first version that does not read it any more; null for one that is read.</param>
public sealed record EngineVariable(string Means, string Name, Version? Until);
