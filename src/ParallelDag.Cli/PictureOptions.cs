using System.CommandLine;
using System.Globalization;
using ParallelDag.Exports;
using ParallelDag.Layouts;

namespace ParallelDag.Cli;

/// <summary>The options that choose what a picture shows: <c>--stage</c>, <c>--layers</c>, <c>--fold</c>.</summary>
internal sealed class PictureOptions
{
    private readonly Option<string> _stage = new("--stage") { Description = "Draw one stage only.", HelpName = "N" };
    private readonly Option<string> _layers = new("--layers") { Description = "Draw these layers only.", HelpName = "A-B" };
    private readonly Option<string> _fold = ArgumentFaults.Choice("--fold", "Draw identical layers once: when a picture gets large, always, never.", standard: "auto", "auto", "always", "never");

    /// <summary>Adds the options to <paramref name="command"/>.</summary>
    public PictureOptions(Command command)
    {
        _stage.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !TryNumber(result.Tokens[0].Value, out _))
                result.AddError($"--stage takes a number from 1, not '{result.Tokens[0].Value}'");
        });
        _layers.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !TryRange(result.Tokens[0].Value, out _))
                result.AddError($"--layers takes a layer or a range such as 2-5, not '{result.Tokens[0].Value}'");
        });
        foreach (Option option in new[] { _stage, _layers, _fold })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            // Only a picture can show a part; the other formats carry the whole graph.
            string? format = result.GetValue<string>("--format")?.ToLowerInvariant();
            if (format is null || GraphFormats.Find(format) is { IsPicture: true })
                return;
            string pictures = string.Join(" or ", GraphFormats.All.Where(known => known.IsPicture).Select(known => known.Name));
            foreach (Option option in new[] { _stage, _layers, _fold })
            {
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} is for pictures (--format {pictures}), not for {format}");
            }
        });
    }

    /// <summary>What the arguments ask to draw.</summary>
    public DrawingOptions Read(ParseResult parsed, PhaseKind? phase) => new()
    {
        Phase = phase,
        Stage = TryNumber(parsed.GetValue(_stage), out int stage) ? stage : null,
        Layers = TryRange(parsed.GetValue(_layers), out (int, int) layers) ? layers : null,
        Folding = Enum.Parse<Folding>(parsed.GetValue(_fold)!, ignoreCase: true),
    };

    private static bool TryNumber(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryRange(string? text, out (int First, int Last) range)
    {
        range = default;
        string[] ends = text?.Split('-') ?? [];
        if (ends.Length is < 1 or > 2 || !TryNumber(ends[0], out int first) || !TryNumber(ends[^1], out int last) || last < first)
            return false;
        range = (first, last);
        return true;
    }
}
