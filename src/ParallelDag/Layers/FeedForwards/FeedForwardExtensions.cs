namespace ParallelDag.Layers;

/// <summary>What programs read of a feed-forward part beside what people see.</summary>
public static class FeedForwardExtensions
{
    extension(FeedForward part)
    {
        /// <summary>The routed experts, or null.</summary>
        public MoeFeedForward? Experts => part.GetExperts();
    }
}
