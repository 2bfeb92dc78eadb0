using System.CommandLine;
using System.Globalization;
using ParallelDag.Collections;
using ParallelDag.Precisions;
using ParallelDag.Search;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary>The options of <c>search</c> that say where it looks, and what it shows.</summary>
internal sealed class SearchSpaceOptions
{
    private readonly Option<string> _mode = ArgumentFaults.Choice("--mode",
        "disaggregated: prefill and decode on GPUs of their own; aggregated: continuous batching on one pool.", "both", "disaggregated",
        "aggregated", "both");
    private readonly Option<IReadOnlyList<int>> _degrees = List("--degrees", "The only degrees of tp, pp, sp, dp and ep: 1,2,4,8.");
    private readonly Option<string> _attentionOutput = ArgumentFaults.Choice("--attention-output",
        "How attention leaves tensor parallelism; allReduce, and reduceScatter where experts ask for it.", null, "allReduce",
        "reduceScatter", "allGather", "all");
    private readonly Option<IReadOnlyList<NumberFormat>> _precision = Precisions();
    private readonly Option<string> _sort = ArgumentFaults.Choice("--sort",
        "What is best; throughput, and for a plan file with limits the fewest GPUs.", null, "throughput", "latency", "gpus", "cost");
    private readonly Option<double?> _price = new("--price-per-gpu-hour") { Description = "The price of a GPU for an hour; tells costs." };
    private readonly Option<int?> _top = ArgumentFaults.Count("--top", "How many candidates to show.", 1_000_000);
    private readonly Option<bool> _rejected = new("--include-rejected") { Description = "Tell of every rejected range why." };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _mode, _degrees, _attentionOutput, _precision, _sort, _price, _top, _rejected })
            command.Add(option);
        _top.DefaultValueFactory = _ => 10;
        _price.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out double value)
                && !(value > 0))
                result.AddError(Words.Invariant($"--price-per-gpu-hour is above 0, not {value}"));
        });
    }

    /// <summary>True when the arguments say which strategies are looked at.</summary>
    public bool AnyGiven(ParseResult parsed) => new Option[] { _mode, _degrees, _attentionOutput, _precision }
        .Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The space that arguments tell, for a plan file or for a model alone.</summary>
    public SearchOptions Of(ParseResult parsed, PlanSpec? given)
    {
        return new SearchOptions
        {
            Modes = parsed.GetValue(_mode)!.ToLowerInvariant() switch
            {
                "disaggregated" => [ServingMode.Disaggregated],
                "aggregated" => [ServingMode.Aggregated],
                _ => [ServingMode.Disaggregated, ServingMode.Aggregated],
            },
            Degrees = parsed.GetValue(_degrees) is { } degrees ? [.. degrees] : null,
            AttentionOutputs = parsed.GetValue(_attentionOutput) is not string output ? null
                : output.Equals("all", StringComparison.OrdinalIgnoreCase) ? [.. Enum.GetValues<AttentionOutput>()]
                : [Enum.Parse<AttentionOutput>(output, ignoreCase: true)],
            Precisions = parsed.GetValue(_precision) is { } formats ? [.. formats] : null,
            Goal = parsed.GetValue(_sort) is string goal ? Enum.Parse<SearchGoal>(goal, ignoreCase: true) : SearchProblem.GoalOf(given),
            PricePerGpuHour = parsed.GetValue(_price),
            Top = parsed.GetValue(_top)!.Value,
            IncludeRejected = parsed.GetValue(_rejected),
        };
    }

    private static Option<IReadOnlyList<NumberFormat>> Precisions() => new("--precision")
    {
        Description = "The formats of weights that are tried beside each other: bf16,fp8; as the model has it.",
        CustomParser = result =>
        {
            var formats = new List<NumberFormat>();
            foreach (string word in result.Tokens[0].Value.Split(','))
            {
                if (!NumberFormat.TryParse(word.Trim(), out NumberFormat format))
                {
                    result.AddError($"--precision: there is no format '{word.Trim()}'; known are "
                        + string.Join(", ", NumberFormat.KnownNames));
                    return null;
                }

                formats.Add(format);
            }

            return formats;
        },
    };

    private static Option<IReadOnlyList<int>> List(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var degrees = new List<int>();
            foreach (string word in result.Tokens[0].Value.Split(','))
            {
                if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int degree) || degree is < 1 or > 65_536)
                {
                    result.AddError($"{name} is a list of whole numbers from 1 on, such as 1,2,4,8, not '{result.Tokens[0].Value}'");
                    return null;
                }

                degrees.Add(degree);
            }

            return degrees;
        },
    };
}
