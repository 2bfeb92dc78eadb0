using ParallelDag.Looks;
using ParallelDag.Simulation;

namespace ParallelDag.Pictures.Timeline;

/// <summary>A stretch of pixels in which a GPU mostly does one thing.</summary>
/// <param name="Activity">What.</param>
/// <param name="From">The first pixel.</param>
/// <param name="To">The pixel behind the last.</param>
internal readonly record struct Stretch(Activity Activity, int From, int To);

/// <summary>
/// What a lane of GPUs does over time, pixel by pixel: each shows what takes most of it, and equal neighbours are one stretch, so that a
/// picture has at most as many bars as pixels however many nodes there are.
/// </summary>
internal sealed class ActivityStrip
{
    private readonly SimulationResult _result;
    private readonly NodeLinks _links;
    private readonly double _pixel;
    private readonly double[,] _time;

    private ActivityStrip(SimulationResult result, NodeLinks links, int pixels)
    {
        _result = result;
        _links = links;
        _pixel = Math.Max(1, result.MakespanPicoseconds) / (double)pixels;
        _time = new double[pixels, Enum.GetValues<Activity>().Length];
    }

    /// <summary>The stretches of a lane, which fill the width. O(nodes of the lane + pixels).</summary>
    public static List<Stretch> Of(SimulationResult result, NodeLinks links, int lane, int pixels)
    {
        var strip = new ActivityStrip(result, links, pixels);
        strip.Add(lane);
        return strip.Stretches();
    }

    /// <summary>The activity of a node: what it is when nothing is computed meanwhile.</summary>
    public static Activity ActivityOf(SimulationResult result, NodeLinks links, int node) =>
        result.Actions.Computes(node) ? Activity.Compute : links.Of(node) switch
        {
            LinkLevel.Domain => Activity.Domain,
            LinkLevel.Node => Activity.Node,
            LinkLevel.Network => Activity.Network,
            _ => Activity.Communication,
        };

    private void Add(int lane)
    {
        SimulationRun run = _result.Run;
        int kinds = _result.Actions.StreamKinds;
        var computing = new List<(long Start, long Finish)>();
        var moving = new List<int>();
        for (int kind = 0; kind < kinds; kind++)
        {
            foreach (int node in run.Streams.Of((lane * kinds) + kind))
            {
                if (_result.Actions.Computes(node))
                    computing.Add((run.StartOf(node), run.FinishOf(node)));
                else
                    moving.Add(node);
            }
        }

        foreach ((long start, long finish) in computing)
            Fill(Activity.Compute, start, finish);

        // Communication counts where nothing is computed and no earlier communication goes on.
        moving.Sort((left, right) => (run.StartOf(left), left).CompareTo((run.StartOf(right), right)));
        int next = 0;
        long until = 0;
        foreach (int node in moving)
        {
            long from = Math.Max(until, run.StartOf(node)), finish = run.FinishOf(node);
            Activity activity = ActivityOf(_result, _links, node);
            while (next < computing.Count && computing[next].Finish <= from)
                next++;
            for (int i = next; from < finish; i++)
            {
                long gap = i < computing.Count ? Math.Min(computing[i].Start, finish) : finish;
                if (gap > from)
                    Fill(activity, from, gap);
                from = i < computing.Count ? Math.Max(from, computing[i].Finish) : finish;
            }

            until = Math.Max(until, finish);
        }
    }

    private void Fill(Activity activity, long start, long finish)
    {
        int last = _time.GetLength(0) - 1;
        for (int pixel = Math.Min(last, (int)(start / _pixel)); pixel <= last && pixel * _pixel < finish; pixel++)
            _time[pixel, (int)activity] += Math.Max(0, Math.Min(finish, (pixel + 1) * _pixel) - Math.Max(start, pixel * _pixel));
    }

    private List<Stretch> Stretches()
    {
        var stretches = new List<Stretch>();
        for (int pixel = 0; pixel < _time.GetLength(0); pixel++)
        {
            double rest = _pixel;
            Activity most = Activity.Idle;
            for (int kind = 1; kind < _time.GetLength(1); kind++)
            {
                rest -= _time[pixel, kind];
                if (_time[pixel, kind] > 0 && (most == Activity.Idle || _time[pixel, kind] > _time[pixel, (int)most]))
                    most = (Activity)kind;
            }

            if (most != Activity.Idle && rest > _time[pixel, (int)most])
                most = Activity.Idle;
            if (stretches.Count > 0 && stretches[^1].Activity == most)
                stretches[^1] = stretches[^1] with { To = pixel + 1 };
            else
                stretches.Add(new Stretch(most, pixel, pixel + 1));
        }

        return stretches;
    }
}
