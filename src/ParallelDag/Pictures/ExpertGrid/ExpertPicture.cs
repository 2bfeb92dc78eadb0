using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.ExpertGrid;

/// <summary>P6: which GPU holds which experts, and how evenly tokens fall. GPUs of an expert-parallel group down, experts across.</summary>
internal sealed class ExpertPicture
{
    private const int MostPhases = 4;

    private const double LabelWidth = 96, BarWidth = 130, Gap = 36, HeadHeight = 84, MostCell = 110, MostRow = 620;

    private readonly Sheet _sheet;

    private ExpertPicture(Sheet sheet) => _sheet = sheet;

    /// <summary>True for a model with routed experts.</summary>
    public static bool Applies(DeploymentPlan plan) => plan.Phases.Any(layout => ExpertLoads.Of(plan, layout) is not null);

    public static Sheet Draw(PictureSubject subject)
    {
        DeploymentPlan plan = subject.Plan;
        ShownPhases shown = ShownPhases.Of([.. plan.Phases.Where(layout => ExpertLoads.Of(plan, layout) is not null)], MostPhases);
        ExpertLoads[] loads = [.. shown.Drawn.Select(layout => ExpertLoads.Of(plan, layout)!)];
        Sheet sheet = Heading.Open(
            subject,
            "which GPU holds which experts",
            Heading.Facts(plan),
            "For each phase a grid: GPUs of one expert-parallel group down, experts across; a cell is a copy of an expert, deeper "
                + "with more tokens.");
        var picture = new ExpertPicture(sheet);
        Box body = Sheet.Body;
        for (int i = 0; i < loads.Length; i++)
            picture.Draw(loads[i], plan, (body with { Height = body.Height - 34 }).Column(i, loads.Length, Gap));
        picture.DrawKey(body.X, body.Bottom - 8, body.Width, shown.Note);
        return sheet;
    }

    private void Draw(ExpertLoads load, DeploymentPlan plan, Box box)
    {
        string redundant = load.Layout.Strategy.RedundantExperts > 0
            ? $" and {Words.Count(load.Layout.Strategy.RedundantExperts, "redundant copy")}" : "";
        int like = load.Groups / load.Split;
        string groups = like <= 1 ? "one group in the stage" : $"{Words.Count(like, "group")} like it in the stage";
        string experts = $"{load.Layout.Id.ToTitle()}: {Words.Count(load.Experts, "expert")}",
            on = load.Split == 1 ? $" on {Words.Count(load.Gpus.Length, "GPU")}"
                : load.Gpus.Length == 1 ? $", each split over {load.Split} GPUs"
                : Words.Invariant($" on {load.Gpus.Length * load.Split} GPUs, each split over {load.Split}"),
            layer = $"layer {load.Layer}, {groups}";
        _sheet.Text([experts + redundant + on, experts + on, experts], box.X, box.Y + 16, box.Width, TextLook.Section);
        _sheet.Text([$"{layer}; load {plan.Workload.ExpertLoad}", layer], box.X, box.Y + 36, box.Width, TextLook.Quiet);
        string balance = load.Imbalance < 1.0005 ? "every GPU gets as many tokens"
            : Words.Invariant($"the fullest GPU gets {load.Imbalance:0.##} times the mean");
        _sheet.Text(balance, box.X, box.Y + 53, box.Width, TextLook.Quiet.In(load.Imbalance > 1.25 ? Ink.BadText : Ink.Text));

        double width = Math.Min(MostCell, (box.Width - LabelWidth - BarWidth) / load.Experts),
            height = Math.Min(MostRow, (box.Height - HeadHeight) / load.Gpus.Length);
        var grid = new Box(box.X + LabelWidth, box.Y + HeadHeight, width * load.Experts, height * load.Gpus.Length);
        _sheet.Rect(grid, Ink.Panel, Ink.Frame, 0.8);
        int everyColumn = RoundStep(28 / width), everyRow = RoundStep(15 / height);
        for (int expert = 0; expert < load.Experts; expert += everyColumn)
            _sheet.Text(Words.Invariant($"{expert}"), grid.X + ((expert + 0.5) * width), grid.Y - 5, Math.Max(28, width),
                TextLook.SmallQuiet.Centred);
        long most = load.Cells.SelectMany(rank => rank).Select(cell => cell.Tokens).DefaultIfEmpty().Max(), fullest = load.Sums.Max();
        for (int rank = 0; rank < load.Gpus.Length; rank++)
        {
            double y = grid.Y + (rank * height);
            if (rank % everyRow == 0)
                _sheet.Text([Amount.Gpus(load.Homes[rank]), Words.Invariant($"GPU {load.Gpus[rank]} ...")], grid.X - 8,
                    y + (height / 2) + 4, LabelWidth - 8,
                    TextLook.Small.ToRight);
            foreach ((int expert, long tokens) in load.Cells[rank])
                DrawCell(load, rank, expert, tokens, most, Cell(grid, expert, width) with { Y = y, Height = height });
            DrawSum(load, rank, fullest, new Box(grid.Right + 8, y, BarWidth - 66, height), rank % everyRow == 0);
        }

        _sheet.Text("tokens", grid.Right + 8, grid.Y - 5, BarWidth - 10, TextLook.SmallQuiet);
        double mean = fullest == 0 ? 0 : (BarWidth - 66) * load.Sums.Average() / fullest;
        _sheet.Add(new LineMark([grid.Right + 8 + mean, grid.Y, grid.Right + 8 + mean, grid.Bottom], Ink.Bad, 1) { Dashes = "4 3" });
    }

    // Narrow cells begin and end on whole pixels, so that neighbours neither overlap nor part.
    private static Box Cell(Box grid, int expert, double width)
    {
        double left = grid.X + (expert * width);
        return width > 6 ? grid with { X = left, Width = width }
            : grid with { X = Math.Round(left), Width = Math.Max(1, Math.Round(left + width) - Math.Round(left)) };
    }

    /// <summary>The next power of two: experts and GPUs come in these.</summary>
    private static int RoundStep(double least) => (int)Math.Pow(2, Math.Max(0, Math.Ceiling(Math.Log2(least))));

    private void DrawCell(ExpertLoads load, int rank, int expert, long tokens, long most, Box box)
    {
        bool copy = load.Copies[expert] > 1;
        double depth = Heat.Depth(most == 0 ? 0 : (double)tokens / most);
        string copies = copy ? Words.Invariant($", one of {load.Copies[expert]} copies") : "";
        string spoken = Words.Invariant($"expert {expert} on GPU {load.Gpus[rank]}: {Words.Count(tokens, "token")}{copies}");
        using (_sheet.Group(spoken, ("gpu", Words.Invariant($"{load.Gpus[rank]}")), ("expert", Words.Invariant($"{expert}"))))
        {
            Box inner = box.Width > 6 && box.Height > 6 ? box.Inset(0.5) : box;
            _sheet.Add(new RectMark(inner, Ink.Weights, null, 1, 0) { Opacity = depth, Sharp = inner == box });
            if (copy)
                _sheet.Add(new RectMark(inner, Ink.Activations, null, 1, 0) { Hatched = true });
            string text = Words.Number(tokens);
            TextLook look = TextLook.Small.In(Heat.TextOn(depth)).Centred;
            if (!copy && box.Height >= 15 && Sheet.Fits(text, box.Width - 2, look))
                _sheet.Text(text, box.X + (box.Width / 2), box.Y + (box.Height / 2) + 4, box.Width - 2, look);
        }
    }

    private void DrawSum(ExpertLoads load, int rank, long fullest, Box box, bool labelled)
    {
        double width = fullest == 0 ? 0 : box.Width * load.Sums[rank] / fullest;
        _sheet.Rect(box with { Y = box.Y + (box.Height * 0.15), Width = width, Height = box.Height * 0.7 },
            load.Sums[rank] > 1.25 * load.Sums.Average() ? Ink.Bad : Ink.Cache);
        if (labelled)
            _sheet.Text(Words.Number(load.Sums[rank]), box.Right + 6, box.Y + (box.Height / 2) + 4, 60, TextLook.SmallQuiet);
    }

    private void DrawKey(double x, double y, double width, string note)
    {
        _sheet.Rect(new Box(x, y - 11, 16, 12), Ink.Weights);
        _sheet.Text("a copy of an expert, deeper with more tokens in one pass", x + 22, y, 380, TextLook.Quiet);
        _sheet.Rect(new Box(x + 420, y - 11, 16, 12), Ink.Weights);
        _sheet.Add(new RectMark(new Box(x + 420, y - 11, 16, 12), Ink.Activations, null, 1, 0) { Hatched = true });
        _sheet.Text("one of several copies", x + 442, y, 200, TextLook.Quiet);
        _sheet.Line(Ink.Bad, 1, x + 640, y - 5, x + 660, y - 5);
        _sheet.Text("the mean", x + 668, y, 100, TextLook.Quiet);
        if (note.Length > 0)
            _sheet.Text(note, x + 790, y, width - 790, TextLook.Quiet);
    }
}
