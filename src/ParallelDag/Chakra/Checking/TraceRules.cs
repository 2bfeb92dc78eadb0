using ParallelDag.Checks;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// The rules that a set of traces is held against. Where a rule for graphs asks the same, its identifier stands; what only a trace can get
/// wrong has one of its own.
/// </summary>
internal static class TraceRules
{
    private const string Subject = "set of traces";

    /// <summary>ET001: every rank has a file with nodes.</summary>
    public static CheckRule Complete { get; } = new(
        "ET001",
        "Every rank has its trace",
        "Looks at the files beside the one that was named: ranks count from 0 without a gap, no file is without "
            + "nodes, and groups name no rank that has none.",
        Subject);

    /// <summary>ET002: ids are unique.</summary>
    public static CheckRule UniqueIds { get; } = new(
        "ET002",
        "Ids are unique in their file",
        "Looks at the ids of each file. A simulator keeps the last of several nodes with one id, and says nothing.",
        Subject);

    /// <summary>ET003: dependencies are there.</summary>
    public static CheckRule KnownDependencies { get; } = new(
        "ET003",
        "Dependencies are in the file",
        "Looks at control and data dependencies: each names a node of the same file, or a simulator aborts.",
        Subject);

    /// <summary>PD001 of each file.</summary>
    public static CheckRule Acyclic => Checks.Acyclic.Rule;

    /// <summary>PD006: members and groups.</summary>
    public static CheckRule Groups => ProcessGroups.Rule;

    /// <summary>PD007: ends of messages.</summary>
    public static CheckRule Messages => SendReceive.Rule;

    /// <summary>PD012: one order.</summary>
    public static CheckRule Order => CollectiveOrder.Rule;

    /// <summary>PD014: sizes.</summary>
    public static CheckRule Sizes => Quantities.Rule;

    /// <summary>Every rule for traces, in the order in which they are told.</summary>
    public static IReadOnlyList<CheckRule> All { get; } = [Complete, UniqueIds, KnownDependencies, Acyclic, Groups, Messages, Order, Sizes];
}
