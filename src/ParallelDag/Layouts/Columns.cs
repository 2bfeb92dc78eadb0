namespace ParallelDag.Layouts;

/// <summary>
/// Breaks the rows of each phase into columns, as a newspaper does: each stage has a column of its own, or several where it is long;
/// short stages share one, but where micro-batches are drawn apart those of a stage keep their columns to themselves. Phases stand
/// side by side, or two of them below each other, each on a shelf of its own. The height of the columns and the number of shelves are
/// chosen so that the picture gets the proportions of a screen and stages stay whole.
/// O(rows) for each height tried, of which there is a fixed number.
/// </summary>
internal static class Columns
{
    /// <summary>The height of a channel before its lines are counted.</summary>
    public const double UsualChannel = 36;

    private const double Proportion = 1.4;

    private const double SplitPenalty = 0.6;

    private const int HeightsTried = 48;

    /// <summary>How much longer than the columns a stage may be before it is broken into several.</summary>
    private const double LongestOverhang = 1.4;

    /// <summary>The width of gutters and strips beside the lanes before lines are counted.</summary>
    private const double UsualSurroundings = 150;

    /// <summary>The columns of all phases, shelf by shelf from left to right.</summary>
    /// <param name="phases">For each phase: the width of its lanes, and for each stage its rows without headings.</param>
    /// <param name="heading">Makes the heading of a stage; the flag says that the stage continues from another column.</param>
    public static List<Column> Break(IReadOnlyList<PhaseRows> phases, Func<StageGroup, bool, double, Row> heading)
    {
        double total = phases.Sum(phase => phase.Stages.Sum(stage => HeightOf(stage.Rows)));
        double tallestStage = phases.Max(phase => phase.Stages.Max(stage => HeightOf(stage.Rows))) + 100;
        (double height, bool shelves) best = (tallestStage, false);
        double bestCost = double.MaxValue;
        for (int parts = 0; parts <= HeightsTried; parts++)
        {
            double height = parts == 0 ? tallestStage : total / parts * 1.02;
            Try(height, shelves: false);
            if (phases.Count == 2)
                Try(height, shelves: true);
        }

        return Fill(phases, best.height, best.shelves, heading, out _);

        void Try(double height, bool shelves)
        {
            double cost = Cost(phases, height, shelves);
            if (cost < bestCost)
                (best, bestCost) = ((height, shelves), cost);
        }
    }

    /// <summary>The columns of an overview: one for each stage, whatever its length.</summary>
    /// <param name="phases">As for <see cref="Break"/>.</param>
    /// <param name="shelves">Gives each phase a shelf of its own.</param>
    /// <param name="heading">As for <see cref="Break"/>.</param>
    public static List<Column> OnePerStage(IReadOnlyList<PhaseRows> phases, bool shelves, Func<StageGroup, bool, double, Row> heading)
    {
        var columns = new List<Column>();
        for (int phase = 0; phase < phases.Count; phase++)
        {
            int firstOnShelf = shelves ? columns.Count : 0;
            foreach (StageRows stage in phases[phase].Stages)
                Fill(phases[phase] with { Stages = [stage] }, double.MaxValue, shelves ? phase : 0, firstOnShelf, columns, heading);
        }

        return columns;
    }

    private static double HeightOf(IEnumerable<Row> rows) => rows.Sum(row => row.Height + UsualChannel);

    private static double Cost(IReadOnlyList<PhaseRows> phases, double height, bool shelves)
    {
        double width = 0, tallest = 0;
        int split;
        foreach (IGrouping<int, Column> shelf in Fill(phases, height, shelves, heading: null, out split).GroupBy(column => column.Shelf))
        {
            width = Math.Max(width, shelf.Sum(column => column.LanesWidth + UsualSurroundings));
            tallest += shelf.Max(column => HeightOf(column.Rows));
        }

        int stages = phases.Sum(phase => phase.Stages.Count);
        return Math.Abs(Math.Log(width / Math.Max(1, tallest) / Proportion)) + (SplitPenalty * split / stages);
    }

    private static List<Column> Fill(
        IReadOnlyList<PhaseRows> phases, double height, bool shelves, Func<StageGroup, bool, double, Row>? heading, out int split)
    {
        var columns = new List<Column>();
        split = 0;
        for (int phase = 0; phase < phases.Count; phase++)
            split += Fill(phases[phase], height, shelves ? phase : 0, shelves ? columns.Count : 0, columns, heading);
        return columns;
    }

    // Fills columns of about the given height and returns how many stages had to be split. Without headings it only tries.
    private static int Fill(PhaseRows phase, double height, int shelf, int firstOnShelf,
        List<Column> columns, Func<StageGroup, bool, double, Row>? heading)
    {
        Column column = Next();
        double used = 0;
        int split = 0;
        int? before = null;
        bool apart = phase.Stages.Exists(stage => stage.Group.MicroBatch > 0);
        foreach (StageRows stage in phase.Stages)
        {
            double whole = HeightOf(stage.Rows);
            bool joins = used + whole <= height && !(apart && stage.Group.Stage != before);
            before = stage.Group.Stage;
            if (used > 0 && !joins)
            {
                column = Next();
                used = 0;
            }

            Head(stage.Group, continued: false);
            int parts = whole > LongestOverhang * height ? (int)Math.Ceiling(whole / height) : 1;
            double share = whole / parts, done = 0;
            int part = 1;
            for (int i = 0; i < stage.Rows.Count; i++)
            {
                // Breaks stand before a segment (the one that reaches half into the next part goes there), or in one that is too long.
                bool begins = i == 0 || stage.Rows[i - 1].Segment != stage.Rows[i].Segment;
                double segment = begins ? SegmentHeight(stage.Rows, i) : 0;
                bool breaks = begins ? done + (Math.Min(segment, share) / 2) > part * share
                    : stage.Rows[i].Kind == RowKind.Nodes && done > (part * share) + (share / 4);
                if (part < parts && breaks && done > (part - 0.5) * share)
                {
                    column = Next();
                    part++;
                    Head(stage.Group, continued: true);
                }

                Add(stage.Rows[i]);
                done += stage.Rows[i].Height + UsualChannel;
            }

            split += parts > 1 ? 1 : 0;
        }

        return split;

        Column Next()
        {
            var next = new Column { Phase = phase.Phase, Index = columns.Count, Shelf = shelf, Place = columns.Count - firstOnShelf,
                LanesWidth = phase.LanesWidth };
            columns.Add(next);
            return next;
        }

        void Head(StageGroup group, bool continued)
        {
            if (heading is not null)
            {
                Row row = heading(group, continued, phase.LanesWidth);
                if (row.Height > 0)
                    Add(row);
            }
        }

        void Add(Row row)
        {
            used += row.Height + UsualChannel;
            column.Rows.Add(row);
            if (heading is null)
                return;
            row.Column = column;
            row.Index = column.Rows.Count - 1;
        }
    }

    private static double SegmentHeight(List<Row> rows, int first)
    {
        double height = 0;
        for (int i = first; i < rows.Count && rows[i].Segment == rows[first].Segment; i++)
            height += rows[i].Height + UsualChannel;
        return height;
    }
}

/// <summary>The rows of a stage without its heading.</summary>
internal sealed record StageRows(StageGroup Group, List<Row> Rows);

/// <summary>The stages of a phase with the width of the lanes they share.</summary>
internal sealed record PhaseRows(PhaseId? Phase, double LanesWidth, List<StageRows> Stages);
