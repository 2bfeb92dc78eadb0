namespace ParallelDag.Graphs;

/// <summary>What an operator is to the rules: operators of one role are held to the same demands.</summary>
public enum OperatorRole
{
    /// <summary>Computes on what it reads, or moves it; nothing beyond its tensors is asked of it.</summary>
    Plain,

    /// <summary>Where a phase begins.</summary>
    Input,

    /// <summary>Where a phase ends.</summary>
    Output,

    /// <summary>Hands each rank its part of the tokens.</summary>
    Split,

    /// <summary>Normalises the stream.</summary>
    Norm,

    /// <summary>Adds a block's output to the stream: two producers.</summary>
    Residual,

    /// <summary>Yields what is cached: K and V, a latent, a state.</summary>
    Projection,

    /// <summary>The heart of a token mixer, which reads the cache: attention.</summary>
    Core,

    /// <summary>Brings a core's output back to the hidden width.</summary>
    OutputProjection,

    /// <summary>Scores the experts for each token.</summary>
    Gate,

    /// <summary>Chooses the experts of each token.</summary>
    Selection,

    /// <summary>Brings tokens to the ranks of their experts.</summary>
    Dispatch,

    /// <summary>A collective between the ranks that share experts: how many tokens it moves follows from the routing.</summary>
    RoutedCollective,

    /// <summary>Routed experts.</summary>
    Experts,

    /// <summary>Experts that every token visits.</summary>
    SharedExperts,

    /// <summary>Brings tokens back from their experts.</summary>
    Combine,

    /// <summary>The weighted sum over the experts of a token.</summary>
    Aggregation,

    /// <summary>Gathers the last position of each sequence.</summary>
    LastGather,

    /// <summary>Sends the stream from a stage to the next.</summary>
    Send,

    /// <summary>Hands cache from prefill to decode.</summary>
    CacheTransfer,
}

/// <summary>Where in a phase an operator stands.</summary>
public enum OperatorPlace
{
    /// <summary>The first stage's entry: from the Input to the stream of hidden states.</summary>
    Entry,

    /// <summary>The token mixer of a layer: attention and its kin.</summary>
    Mixer,

    /// <summary>The feed-forward half of a layer, dense or a mixture of experts.</summary>
    FeedForward,

    /// <summary>The last stage's exit: from the stream to the Output.</summary>
    Exit,

    /// <summary>Between stages and phases.</summary>
    Between,
}
