using ParallelDag.Wording;

namespace ParallelDag.Engines;

/// <summary>
/// How a command names the node that it runs on: by its number (a script for each node) or by a variable that whatever starts it sets
/// (<c>LWS_WORKER_INDEX</c>, <c>SLURM_NODEID</c>).
/// </summary>
/// <param name="Head">The address of the instance's first node.</param>
/// <param name="Index">The node's number within the instance; null when a variable tells it.</param>
/// <param name="Variable">The variable that tells it.</param>
/// <param name="Self">The node's own address, for other instances.</param>
internal sealed record NodeTerms(CommandWord Head, int? Index, string Variable, CommandWord Self)
{
    /// <summary>True for the first node of an instance.</summary>
    public bool IsHead => Index == 0;

    /// <summary>The number.</summary>
    public CommandWord Rank => Index is int index ? new CommandWord(Words.Invariant($"{index}"))
        : new CommandWord("$" + Variable, IsExpanded: true);

    /// <summary>A multiple of the number.</summary>
    public CommandWord Times(int factor) => Index is int index
        ? new CommandWord(Words.Invariant($"{index * factor}"))
        : new CommandWord(Words.Invariant($"$(({Variable} * {factor}))"), IsExpanded: true);
}
