using ParallelDag.Layouts;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Search;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Pareto;

/// <summary>
/// What a search found, in two numbers: tokens a second of a user (across) and of a GPU (up). Grey dots keep the limits, the line joins
/// those that no other beats in both, a dashed line is the limit on a token, and the chosen plan stands out.
/// </summary>
public sealed class ParetoPicture
{
    private const double FactsWidth = 430, AxisWidth = 70, FootHeight = 60;

    private readonly Sheet _sheet;
    private readonly SearchResult _result;
    private readonly Box _plot;
    private readonly double _mostUser;
    private readonly double _mostGpu;

    private ParetoPicture(Sheet sheet, SearchResult result)
    {
        (_sheet, _result) = (sheet, result);
        Box body = Sheet.Body;
        _plot = new Box(body.X + AxisWidth, body.Y + 12, body.Width - AxisWidth - FactsWidth, body.Height - FootHeight - 12);
        IEnumerable<(double User, double Gpu)> all = Points(result.Front).Concat(result.Cloud);
        _mostUser = Round(Math.Max(all.Max(point => point.User), 1 / result.Problem.Limits?.Tpot ?? 0) * 1.02);
        _mostGpu = Round(all.Max(point => point.Gpu) * 1.05);
    }

    /// <summary>Writes the picture as SVG.</summary>
    /// <param name="result">A search that found something.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="InputException">The search found nothing.</exception>
    public static void Write(SearchResult result, Stream output) => SheetWriter.Write(Draw(result), output);

    /// <summary>The picture as text.</summary>
    /// <param name="result">A search that found something.</param>
    /// <exception cref="InputException">The search found nothing.</exception>
    public static string ToSvg(SearchResult result)
    {
        var stream = new MemoryStream();
        Write(result, stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static Sheet Draw(SearchResult result)
    {
        if (result.Front.Count == 0)
            throw new InputException("nothing keeps the limits, so there is nothing to draw");
        SearchProblem problem = result.Problem;
        string title = $"{problem.Name}: tokens for a user, tokens of a GPU";
        var sheet = new Sheet(title, "Every deployment that keeps the limits by tokens a second of a user and of a GPU; a line joins those "
            + "that no other beats in both.");
        sheet.Text(title, Sheet.Margin, 40, Sheet.Width - (2 * Sheet.Margin), TextLook.Title);
        sheet.Text(Words.Invariant($"up to {Words.Count(problem.Cluster.Gpus, "GPU")} ({problem.Cluster.Gpu.Name}) · prompts of ")
            + Words.Invariant($"{problem.Workload.PromptLength:N0} tokens, outputs of {problem.Workload.OutputLength:N0} · ")
            + Words.Invariant($"{result.Verdicts.Values.Sum():N0} candidates"),
            Sheet.Margin, 64, Sheet.Width - (2 * Sheet.Margin), TextLook.Body.In(Ink.Muted));
        new ParetoPicture(sheet, result).Draw();
        return sheet;
    }

    private static IEnumerable<(double User, double Gpu)> Points(IEnumerable<PlanCandidate> candidates) =>
        candidates.Select(candidate => (candidate.TokensPerSecondPerUser!.Value, candidate.TokensPerSecondPerGpu!.Value));

    private void Draw()
    {
        Axes();
        foreach ((double user, double gpu) in _result.Cloud)
            _sheet.Rect(new Box(X(user) - 1.5, Y(gpu) - 1.5, 3, 3), Ink.Frame);
        (double User, double Gpu)[] front = [.. Points(_result.Front)];
        _sheet.Add(new LineMark([.. front.SelectMany(point => new[] { X(point.User), Y(point.Gpu) })], Ink.Good, 2));
        foreach (PlanCandidate candidate in _result.Front)
            Dot(candidate, Ink.Good, 3);
        Limit();
        Dot(_result.Candidates[0], Ink.Bad, 7);
        Facts();
    }

    private double X(double user) => _plot.X + (_plot.Width * user / _mostUser);

    private double Y(double gpu) => _plot.Bottom - (_plot.Height * gpu / _mostGpu);

    private void Axes()
    {
        for (double user = 0; user <= _mostUser * 1.001; user += Step(_mostUser))
        {
            _sheet.Line(Ink.Empty, 1, X(user), _plot.Y, X(user), _plot.Bottom);
            _sheet.Text(Words.Invariant($"{user:0.##}"), X(user), _plot.Bottom + 18, 60, TextLook.SmallQuiet.Centred);
        }

        for (double gpu = 0; gpu <= _mostGpu * 1.001; gpu += Step(_mostGpu))
        {
            _sheet.Line(Ink.Empty, 1, _plot.X, Y(gpu), _plot.Right, Y(gpu));
            _sheet.Text(Words.Invariant($"{gpu:#,0.##}"), _plot.X - 8, Y(gpu) + 4, 60, TextLook.SmallQuiet.ToRight);
        }

        _sheet.Text("tokens a second of a user", _plot.X + (_plot.Width / 2), _plot.Bottom + 42, _plot.Width, TextLook.Body.Centred);
        _sheet.Text("tokens a second of a GPU", _plot.X, _plot.Y - 4, _plot.Width / 2, TextLook.Body);
    }

    /// <summary>Left of the line a token takes longer than it may.</summary>
    private void Limit()
    {
        if (_result.Problem.Limits?.Tpot is not double tpot)
            return;
        double x = X(1 / tpot);
        _sheet.Add(new LineMark([x, _plot.Y, x, _plot.Bottom], Ink.Bad, 1.6) { Dashes = "6 3" });
        string text = $"a token within {TimingText.Time(tpot)}";
        bool right = x + 160 < _plot.Right;
        _sheet.Text(text, right ? x + 6 : x - 6, _plot.Y + 16, 150,
            right ? TextLook.Small.In(Ink.Bad) : TextLook.Small.In(Ink.Bad).ToRight);
    }

    private void Dot(PlanCandidate candidate, Ink ink, double radius)
    {
        double x = X(candidate.TokensPerSecondPerUser!.Value), y = Y(candidate.TokensPerSecondPerGpu!.Value);
        using (_sheet.Group(candidate.ToString(), ("rank", Words.Invariant($"{candidate.Rank}"))))
            _sheet.Add(new ShapeMark(new Box(x - radius, y - radius, 2 * radius, 2 * radius), true, ink, Ink.Ground, 1));
    }

    private void Facts()
    {
        PlanCandidate best = _result.Candidates[0];
        double x = _plot.Right + 24, room = Sheet.Width - Sheet.Margin - x, y = _plot.Y + 12;
        _sheet.Text("The chosen plan", x, y, room, TextLook.Section.In(Ink.Bad));
        y = _sheet.Lines(best.Deployment, x, y + 24, room, TextLook.Strong, most: 4);
        foreach (string line in new[]
        {
            Words.Invariant($"{best.Gpus} GPUs, {Words.Count(best.Batch!.Value, "sequence")} at once"),
            $"first token in {TimingText.Time(best.Ttft!.Value)}, a token in {TimingText.Time(best.Tpot!.Value)}",
            Words.Invariant($"{best.TokensPerSecondPerGpu:#,0.0} tokens/s a GPU, {best.TokensPerSecondPerUser:#,0.0} a user"),
            Words.Invariant($"{best.RequestsPerSecond:#,0.00} requests/s"),
            $"most of a token: {best.Bottleneck}",
        })
        {
            _sheet.Text(line, x, y, room, TextLook.Body);
            y += 20;
        }

        y += 16;
        _sheet.Text("Others on the front", x, y, room, TextLook.Section.In(Ink.Good));
        y += 24;
        int each = Math.Max(1, _result.Front.Count / 6);
        foreach (PlanCandidate other in _result.Front.Where((_, index) => index % each == 0).Take(7))
        {
            y = _sheet.Lines(Words.Invariant($"{other.TokensPerSecondPerUser:0.0} a user, {other.TokensPerSecondPerGpu:0.0} a GPU: ")
                + Words.Invariant($"{other.Deployment}, batch {other.Batch}"), x, y, room, TextLook.Small, most: 3);
            y += 6;
        }

        y += 10;
        _sheet.Text("Candidates", x, y, room, TextLook.Section);
        y += 24;
        foreach ((CandidateVerdict verdict, long count) in _result.Verdicts.Where(entry => entry.Value > 0))
        {
            _sheet.Text(Words.Invariant($"{count:N0}"), x + 90, y, 90, TextLook.Small.ToRight);
            _sheet.Text(SearchText.Word(verdict), x + 100, y, room - 100, TextLook.Small);
            y += 17;
        }

        _sheet.Lines(_result.Accuracy, x, _plot.Bottom + 18, room, TextLook.SmallQuiet, most: 3);
    }

    private static double Step(double most)
    {
        double step = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return most / step >= 5 ? step : most / step >= 2 ? step / 2 : step / 5;
    }

    private static double Round(double most) => Math.Ceiling(most / Step(most)) * Step(most);
}
