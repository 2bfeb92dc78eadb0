namespace ParallelDag.Search;

/// <summary>An instance of prefill at its best batch.</summary>
/// <param name="Row">The strategy.</param>
/// <param name="Step">The step of the ladder.</param>
/// <param name="Ttft">Seconds to the first token.</param>
/// <param name="Rate">Requests a second.</param>
internal readonly record struct PrefillPoint(PhaseRow Row, int Step, double Ttft, double Rate);

/// <summary>An instance of decode at a batch.</summary>
/// <param name="Row">The strategy.</param>
/// <param name="Step">The step of the ladder.</param>
/// <param name="Tpot">Seconds between two tokens.</param>
/// <param name="Rate">Requests a second.</param>
internal readonly record struct DecodePoint(PhaseRow Row, int Step, double Tpot, double Rate) : IServingPoint<DecodePoint>
{
    /// <inheritdoc/>
    public int Gpus => GpusOf(this);

    /// <inheritdoc/>
    public int CompareTies(in DecodePoint other) => Compare(this, other);

    private static int GpusOf(in DecodePoint point) => point.Row.Gpus;

    private static int Compare(in DecodePoint left, in DecodePoint right)
    {
        int order = left.Row.Strategy.Tp.CompareTo(right.Row.Strategy.Tp);
        if (order != 0 || ReferenceEquals(left.Row, right.Row))
            return order != 0 ? order : left.Step.CompareTo(right.Step);
        return string.CompareOrdinal(left.Row.ToString(), right.Row.ToString());
    }
}

/// <summary>Instances of prefill and of decode that serve together.</summary>
/// <param name="Prefill">An instance of prefill; as an index of the options that were matched.</param>
/// <param name="Prefills">x.</param>
/// <param name="Decodes">y.</param>
/// <param name="Gpus">GPUs of all.</param>
/// <param name="Rate">Requests a second: the slower side's.</param>
internal readonly record struct PairMatch(int Prefill, int Prefills, int Decodes, int Gpus, double Rate)
{
    /// <summary>Requests a second and GPU; 0 where nothing fits.</summary>
    public double RateOfGpu => Gpus == 0 ? 0 : Rate / Gpus;
}

/// <summary>What makes one match of instances better than another.</summary>
internal enum MatchAim
{
    /// <summary>The highest rate of a GPU.</summary>
    Rate,

    /// <summary>The fewest GPUs that keep up a rate.</summary>
    Fewest,

    /// <summary>The most instances of decode.</summary>
    Sequences,
}

/// <summary>
/// How many instances of prefill and of decode go together on so many GPUs. For x instances of prefill the rate of a GPU,
/// <c>min(x*A, y*B)/(x*Gp + y*Gd)</c>, rises with y up to <c>xA/B</c> and falls behind it (L5), so only the whole numbers around it are
/// tried; of instances of prefill with as many GPUs only the fastest counts (L6), and none that several smaller ones beat.
/// </summary>
internal sealed class RateMatching
{
    private readonly ClusterSpec _cluster;
    private readonly PrefillPoint[] _prefills;
    private readonly bool _linear;
    private readonly int _densest;

    public RateMatching(ClusterSpec cluster, IEnumerable<PrefillPoint> prefills, bool linear)
    {
        (_cluster, _linear) = (cluster, linear);
        List<PrefillPoint> ordered = [.. prefills];
        ordered.Sort(Compare);
        if (!linear)
        {
            var kept = new List<PrefillPoint>();
            foreach (PrefillPoint point in ordered)
            {
                if (!kept.Exists(other => Beats(other, point)))
                    kept.Add(point);
            }

            ordered = kept;
        }

        _prefills = [.. ordered];
        for (int prefill = 1; prefill < _prefills.Length; prefill++)
            _densest = Density(prefill) > Density(_densest) ? prefill : _densest;
    }

    /// <summary>The instances of prefill that are matched.</summary>
    public IReadOnlyList<PrefillPoint> Prefills => _prefills;

    /// <summary>GPUs of the smallest instance of prefill.</summary>
    public int LeastGpus => _prefills.Length == 0 ? 0 : _prefills[0].Row.Gpus;

    /// <summary>The best match of an instance of decode; none where it has no GPUs.</summary>
    /// <param name="decode">The instance.</param>
    /// <param name="aim">What is best.</param>
    /// <param name="leastRate">Requests a second and GPU that are wanted at least, of the fewest GPUs; 0 where any will do.</param>
    public PairMatch Best(in DecodePoint decode, MatchAim aim = MatchAim.Rate, double leastRate = 0)
    {
        PairMatch best = default;
        bool bounded = aim == MatchAim.Rate && !_linear;
        double reached = 0;
        if (bounded && _prefills.Length > 1)
        {
            // Most is yielded beside the prefill with the highest rate of a GPU, or nearly so: few others can reach it.
            PairMatch likely = default;
            Try(_densest, decode, aim, leastRate, ref likely);
            reached = likely.RateOfGpu;
        }

        for (int prefill = 0; prefill < _prefills.Length; prefill++)
        {
            if (!bounded || MostOfGpu(prefill, decode) >= Math.Max(reached, best.RateOfGpu))
                Try(prefill, decode, aim, leastRate, ref best);
        }

        return best;
    }

    /// <summary>More requests a second and GPU than any match of an instance of decode yields.</summary>
    public double MostOfGpu(in DecodePoint decode) => MostOfGpu(_densest, decode);

    /// <summary>No ratio of instances yields more than one without idle time does, <c>1/(Gp/A + Gd/B)</c>; a hair above it.</summary>
    private double MostOfGpu(int prefill, in DecodePoint decode) => (1 + 1e-9) / ((1 / Density(prefill)) + (decode.Row.Gpus / decode.Rate));

    private double Density(int prefill) => _prefills[prefill].Rate / _prefills[prefill].Row.Gpus;

    private static int Compare(PrefillPoint left, PrefillPoint right)
    {
        int order = left.Row.Gpus.CompareTo(right.Row.Gpus);
        order = order != 0 ? order : right.Rate.CompareTo(left.Rate);
        order = order != 0 ? order : left.Ttft.CompareTo(right.Ttft);
        order = order != 0 ? order : left.Row.Strategy.Tp.CompareTo(right.Row.Strategy.Tp);
        return order != 0 ? order : string.CompareOrdinal(left.Row.ToString(), right.Row.ToString());
    }

    /// <summary>Takes the best match with an instance of prefill if it is better.</summary>
    private void Try(int prefill, in DecodePoint decode, MatchAim aim, double leastRate, ref PairMatch best)
    {
        int gpus = decode.Row.Gpus, own = _prefills[prefill].Row.Gpus;
        bool repeats = StrategySpace.RepeatsAlike(_cluster, gpus), one = aim == MatchAim.Fewest && leastRate == 0;
        double ofPrefill = _prefills[prefill].Rate;
        int most = one || aim == MatchAim.Sequences || !StrategySpace.RepeatsAlike(_cluster, own) ? 1 : _cluster.Gpus / own;
        for (int x = 1; x <= most; x++)
        {
            int room = (_cluster.Gpus - StrategySpace.Start(_cluster, x * own, gpus)) / gpus;
            if (room < 1)
                break;
            room = repeats && !one ? room : 1;
            double rate = x * ofPrefill;
            int first = _linear ? 1 : aim == MatchAim.Sequences ? room : (int)Math.Clamp(Math.Floor(rate / decode.Rate), 1, room);
            int last = _linear ? room : Math.Min(room, first + 1);
            if (aim == MatchAim.Fewest && !_linear)
                first = Math.Min(first, FewestDecodes(x * own, decode, leastRate, room));
            for (int y = first; y <= last; y++)
            {
                var match = new PairMatch(prefill, x, y, (x * own) + (y * gpus), Math.Min(rate, y * decode.Rate));
                if ((aim != MatchAim.Fewest || match.RateOfGpu >= leastRate) && IsBetter(match, best, aim))
                    best = match;
            }
        }
    }

    /// <summary>
    /// The fewest instances of decode that keep up the least rate of a GPU beside so many GPUs of prefill, as long as prefill is no slower:
    /// <c>yB &gt;= r*(Gp + y*Gd)</c>.
    /// </summary>
    private static int FewestDecodes(int prefillGpus, in DecodePoint decode, double leastRate, int room)
    {
        double spare = decode.Rate - (leastRate * decode.Row.Gpus);
        return spare <= 0 ? room : (int)Math.Clamp(Math.Floor(leastRate * prefillGpus / spare), 1, room);
    }

    /// <summary>Ties go to fewer GPUs, then to the smaller and earlier prefill.</summary>
    private static bool IsBetter(in PairMatch match, in PairMatch best, MatchAim aim)
    {
        if (best.Gpus == 0)
            return true;
        if (aim == MatchAim.Fewest && match.Gpus != best.Gpus)
            return match.Gpus < best.Gpus;
        if (aim == MatchAim.Sequences && match.Decodes != best.Decodes)
            return match.Decodes > best.Decodes;
        double own = match.RateOfGpu, other = best.RateOfGpu;
        return own > other * (1 + 1e-12) || (own >= other * (1 - 1e-12) && match.Gpus < best.Gpus);
    }

    private bool Beats(in PrefillPoint other, in PrefillPoint point) =>
        point.Row.Gpus % other.Row.Gpus == 0 && StrategySpace.RepeatsAlike(_cluster, other.Row.Gpus)
        && other.Rate * (point.Row.Gpus / other.Row.Gpus) >= point.Rate;
}
