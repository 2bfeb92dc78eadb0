using System.Globalization;
using System.Text;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Explanations;

/// <summary>An explanation for people: plain text of at most 80 columns, long formulas aside.</summary>
public static class ExplanationText
{
    /// <summary>The text.</summary>
    public static string Write(DagExplanation explanation)
    {
        var text = new StringBuilder();
        string where = string.Join(", ", new[]
        {
            explanation.PhaseId?.ToName(),
            explanation.Layer is int layer ? Words.Invariant($"layer {layer}") : null,
            explanation.Gpus?.Named,
        }.OfType<string>());
        text.Wrap(OneLine.Of($"{explanation.Id}: {explanation.Name}{(where.Length > 0 ? $" ({where})" : "")}"), 0);
        foreach (ExplainedQuantity quantity in explanation.Quantities)
            Quantity(text, quantity);
        foreach (string group in explanation.Groups)
            text.Wrap("group " + group, 2);
        if (explanation.Checks.Count > 0)
            text.Wrap("checked by " + string.Join("; ", explanation.Checks), 2);
        return text.ToString();
    }

    private static void Quantity(StringBuilder text, ExplainedQuantity quantity)
    {
        string people = quantity.Unit switch
        {
            "B" => $" ({Units.Quantity.FormatBytes((long)Math.Min(quantity.Value, long.MaxValue))})",
            "FLOP" => $" ({Units.Quantity.FormatFlops(quantity.Value)})",
            "s" => $" ({Units.Quantity.FormatSeconds((double)quantity.Value)})",
            _ => "",
        };
        if (quantity.Unit.Length == 0)
        {
            ExplainedTerm term = quantity.Terms[0];
            string same = term.Numbers == Number(term.Value) ? "" : $" = {term.Formula} = {term.Numbers}";
            text.Wrap($"{quantity.Name}{same} = {Number(quantity.Value)}", 2);
            return;
        }

        text.Append('\n');
        text.Wrap($"{quantity.Name} = {Number(quantity.Value)} {quantity.Unit}{people}", 2);
        foreach (ExplainedTerm term in quantity.Terms)
        {
            string times = term.Times == 1 ? "" : Words.Invariant($", {Words.Number(term.Times)} times");
            text.Wrap($"{term.Name}{times}", 4);
            if (term.Formula != term.Numbers)
                text.Wrap(term.Formula, 6);
            if (term.Numbers != Number(term.Value))
                text.Wrap($"= {term.Numbers}", 6);
            text.Wrap($"= {Number(term.Value)}", 6);
        }

        if (quantity.Convention.Length > 0)
            text.Wrap($"counted: {quantity.Convention}", 4);
        if (quantity.Source.Length > 0)
            text.Wrap($"source: {quantity.Source}", 4);
    }

    private static string Number(decimal value) => value == Math.Floor(value) ? value.ToString("N0", CultureInfo.InvariantCulture)
        : ((double)value).ToString("0.####E+0", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
}
