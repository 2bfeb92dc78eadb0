using ParallelDag.Durations;
using ParallelDag.Operators;
using ParallelDag.Plans;

namespace ParallelDag.Serving;

/// <summary>What a section of a stage is for.</summary>
internal enum StageRole
{
    /// <summary>What comes into the stage: token ids, or the message of the stage before.</summary>
    Entry,

    /// <summary>A layer.</summary>
    Layer,

    /// <summary>From the last layer to sampled tokens.</summary>
    Exit,
}

/// <summary>The sections of a stage, in order: the index of each form in the phase's table, and how many layers it is for.</summary>
internal sealed class StageForms
{
    private readonly StageRole[] _roles;

    private StageForms(List<(int Form, int Layers, StageRole Role)> parts)
    {
        Parts = [.. parts.Select(part => (part.Form, part.Layers))];
        _roles = [.. parts.Select(part => part.Role)];
    }

    /// <summary>Forms and layers.</summary>
    public (int Form, int Layers)[] Parts { get; }

    /// <summary>What a part is for.</summary>
    public StageRole RoleOf(int part) => _roles[part];

    /// <summary>The forms of a stage, from the table or added to it.</summary>
    public static StageForms Of(DagStage stage, int[] gpus, ModelSpec model, FormTable forms)
    {
        int[] layersOfKind = new int[model.LayerKinds.Count];
        for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
            layersOfKind[model.KindOfLayer[layer - 1]]++;
        var parts = new List<(int, int, StageRole)>();
        StageSpread spread = forms.SpreadOf(gpus);
        PhaseSections sections = forms.Sections;
        if (stage.Index == 1)
            parts.Add((forms.Find(spread, sections.Entry), 1, StageRole.Entry));
        else if (sections.Receive is OperatorProgram receive)
            parts.Add((forms.Find(spread, receive), 1, StageRole.Entry));
        for (int kind = 0; kind < layersOfKind.Length; kind++)
        {
            if (layersOfKind[kind] > 0)
                parts.Add((forms.Find(spread, sections.Kinds[kind]), layersOfKind[kind], StageRole.Layer));
        }

        if (stage.LastLayer == model.Layers.Count)
            parts.Add((forms.Find(spread, sections.Exit), 1, StageRole.Exit));
        return new StageForms(parts);
    }
}

/// <summary>
/// The distinct forms of a phase: a section has one for all stages whose ranks lie alike in domains and nodes, because groups of ranks
/// then span the same.
/// </summary>
internal sealed class FormTable(PhaseSections sections, TimeModel times)
{
    private readonly List<SectionForm> _forms = [];
    private readonly Dictionary<(int Spread, OperatorProgram Section), int> _known = [];
    private readonly List<StageSpread> _spreads = [];

    /// <summary>The sections.</summary>
    public PhaseSections Sections => sections;

    /// <summary>All forms.</summary>
    public SectionForm[] ToArray() => [.. _forms];

    /// <summary>How the ranks of a stage lie, as the first stage that lies so has it.</summary>
    public StageSpread SpreadOf(int[] gpus)
    {
        int[] places = StageSpread.PlacesOf(times.Cluster, gpus);
        foreach (StageSpread known in _spreads)
        {
            if (known.Places.AsSpan().SequenceEqual(places))
                return known;
        }

        var spread = new StageSpread(_spreads.Count, new SpannedGroups(times.Cluster, gpus), places);
        _spreads.Add(spread);
        return spread;
    }

    /// <summary>The index of a section's form.</summary>
    public int Find(StageSpread spread, OperatorProgram section)
    {
        if (_known.TryGetValue((spread.Index, section), out int index))
            return index;
        _forms.Add(SectionForm.Of(section, sections.Context.Batch, times, spread.Groups));
        _known.Add((spread.Index, section), _forms.Count - 1);
        return _forms.Count - 1;
    }
}

/// <summary>How the ranks of a stage lie in domains and nodes.</summary>
/// <param name="Index">Its number in the table.</param>
/// <param name="Groups">The groups of the first stage that lies so.</param>
/// <param name="Places">Per rank the domain and the node, numbered in the order of their first ranks.</param>
internal sealed record StageSpread(int Index, SpannedGroups Groups, int[] Places)
{
    /// <summary>The places of the ranks of a stage: equal for two stages whose groups of ranks span the same.</summary>
    public static int[] PlacesOf(ClusterSpec cluster, int[] gpus)
    {
        var domains = new Dictionary<int, int>();
        var nodes = new Dictionary<int, int>();
        int[] places = new int[2 * gpus.Length];
        for (int rank = 0; rank < gpus.Length; rank++)
        {
            places[2 * rank] = Number(domains, gpus[rank] / cluster.Domain);
            places[(2 * rank) + 1] = Number(nodes, gpus[rank] / cluster.GpusPerNode);
        }

        return places;

        static int Number(Dictionary<int, int> known, int part)
        {
            if (!known.TryGetValue(part, out int number))
                known.Add(part, number = known.Count);
            return number;
        }
    }
}
