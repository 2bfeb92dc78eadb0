using ParallelDag.Chakra.Wire;
using ParallelDag.Chakra.Writing;

namespace ParallelDag.Tests.Chakra;

/// <summary>
/// Bytes that protobuf 3.21 and Chakra's own jsonizer decoded and that ASTRA-sim ran: a computation, an All-Reduce and a message between
/// two
/// ranks.
/// </summary>
public class GoldenTraceTests
{
    private const string Head =
        "070a05302e302e343f0801120467656d6d1804520e0a0969735f6370755f6f70d8010052100a076e756d5f6f70736880c4f9a7e41c52110a0b74656e"
        + "736f725f73697a6568c0843d4408021209616c6c72656475636518072a0101520e0a0969735f6370755f6f70d80100520d0a09636f6d6d5f74797065"
        + "480052110a09636f6d6d5f73697a6568808080800458";

    private const string Tail =
        "2a0102520e0a0969735f6370755f6f70d80100520c0a08636f6d6d5f7372635800520c0a08636f6d6d5f6473745801520c0a08636f6d6d5f74616758"
        + "01520f0a09636f6d6d5f73697a6568808040";

    [Theory]
    [InlineData(TraceNodeTypeName.Send, "080312" + "0473656e64" + "1805")]
    [InlineData(TraceNodeTypeName.Receive, "080312" + "0472656376" + "1806")]
    public void Two_ranks_are_written_to_the_letter(TraceNodeTypeName end, string last)
    {
        using var stream = new MemoryStream();
        var encoder = new NodeEncoder(stream);
        encoder.Metadata();
        encoder.Begin(1, "gemm", TraceNodeType.Compute, [], []);
        encoder.Compute(NodeEncoder.Work(989_000_000_000, 1_000_000));
        encoder.End();
        encoder.Begin(2, "allreduce", TraceNodeType.Collective, [], [1]);
        encoder.Collective(CollectiveNumbers.Of(CollectiveKind.AllReduce), 1 << 30, group: 0);
        encoder.End();
        bool sends = end == TraceNodeTypeName.Send;
        encoder.Begin(3, sends ? "send" : "recv", sends ? TraceNodeType.Send : TraceNodeType.Receive, [], [2]);
        encoder.Message(0, 1, 1, 1 << 20);
        encoder.End();
        Assert.Equal(Head + last + Tail, Convert.ToHexStringLower(stream.ToArray()));
    }

    /// <summary>The types of the ends of a message, where tests may name them.</summary>
    public enum TraceNodeTypeName
    {
        Send,
        Receive,
    }
}
