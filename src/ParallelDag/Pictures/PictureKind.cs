namespace ParallelDag.Pictures;

/// <summary>The pictures of a plan, each the answer to one question.</summary>
public enum PictureKind
{
    /// <summary>What runs where, and who talks to whom.</summary>
    Map,

    /// <summary>Where the time goes.</summary>
    Timeline,

    /// <summary>Whether it fits.</summary>
    Memory,

    /// <summary>One layer of each phase, operator by operator.</summary>
    Layer,

    /// <summary>What depends on what: stages and the blocks of their layers.</summary>
    Overview,

    /// <summary>Which GPU holds which experts, and how evenly tokens fall.</summary>
    Experts,

    /// <summary>What crosses nodes.</summary>
    Traffic,
}
