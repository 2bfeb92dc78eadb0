using ParallelDag.Collections;
using ParallelDag.Documents;
using ParallelDag.Units;

namespace ParallelDag.Plans;

/// <summary>Reads the <c>limits</c> section of a plan.</summary>
internal static class LimitsBinder
{
    /// <summary>The limits, or null without any.</summary>
    public static LimitsSpec? Bind(PlanBinder? section)
    {
        if (section is null)
            return null;
        var limits = new LimitsSpec
        {
            Ttft = Duration("ttft", "500 ms"),
            Tpot = Duration("tpot", "50 ms"),
            OutputThroughput = Rate("outputThroughput"),
            TotalThroughput = Rate("totalThroughput"),
            CommunicationShare = Fraction("communicationShare"),
            Bubble = Fraction("bubble"),
            ExpertImbalance = section.Find("expertImbalance") is DocumentNode node
                ? section.Number(node, "limits.expertImbalance") : null,
            CrossNode = section.List("crossNode", Axis) is { } axes ? [.. axes] : null,
        };
        section.RefuseUnknownKeys();
        return limits.IsEmpty ? null : limits;

        static string Axis(DocumentNode item, string path) =>
            item is DocumentScalar scalar ? scalar.Text.ToLowerInvariant() : item.Describe();

        double? Duration(string key, string example) => section.Find(key) is not null
            ? section.Quantity(key, 1d, (string text, out double value) => Quantity.TryParseDuration(text, out value), example)
            : null;

        double? Rate(string key) => section.Find(key) is not null
            ? section.Quantity(key, 1d, (string text, out double value) => Quantity.TryParseTokenRate(text, out value), "2000 tokens/s")
            : null;

        double? Fraction(string key) => section.Find(key) is not null
            ? section.Quantity(key, 1d, (string text, out double value) => Quantity.TryParseFraction(text, out value), "30 %")
            : null;
    }

    /// <summary>The section that reads back to these limits.</summary>
    public static DocumentMap From(LimitsSpec limits) => PlanDocument.Map(
        ("ttft", Seconds(limits.Ttft)),
        ("tpot", Seconds(limits.Tpot)),
        ("outputThroughput", Rate(limits.OutputThroughput)),
        ("totalThroughput", Rate(limits.TotalThroughput)),
        ("communicationShare", Plain(limits.CommunicationShare)),
        ("bubble", Plain(limits.Bubble)),
        ("expertImbalance", Plain(limits.ExpertImbalance)),
        ("crossNode", limits.CrossNode is null ? null : PlanDocument.List(limits.CrossNode.Select(PlanDocument.Text))));

    private static DocumentScalar? Seconds(double? value) =>
        value is double seconds ? PlanDocument.Text(PlainNumber.Text(seconds) + " s") : null;

    private static DocumentScalar? Rate(double? value) =>
        value is double rate ? PlanDocument.Text(PlainNumber.Text(rate) + " tokens/s") : null;

    private static DocumentScalar? Plain(double? value) => value is double number ? PlanDocument.Text(PlainNumber.Text(number)) : null;
}
