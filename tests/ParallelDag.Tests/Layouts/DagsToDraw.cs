using System.Globalization;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Layouts;

/// <summary>The degrees of a made-up deployment.</summary>
internal sealed record SampleShape(int Layers = 4, int Pp = 2, int Ep = 4, int Tp = 2, int Sp = 2, bool Moe = true, int MicroBatches = 1);

/// <summary>
/// DAGs to draw that need no plan: deployments in the shape of the operator table (prefill, decode, KV transfers), and graphs of
/// somebody else's about which nothing is known but names and edges.
/// </summary>
internal static class DagsToDraw
{
    /// <summary>Prefill and decode, operator by operator.</summary>
    public static Dag Deployment(SampleShape shape)
    {
        var builder = new DagBuilder();
        var phases = new List<DagPhase>();
        var kv = new Dictionary<int, List<int>>();
        AddPhase(builder, PhaseKind.Prefill, shape, phases, kv);
        AddPhase(builder, PhaseKind.Decode, shape with { Sp = 1 }, phases, kv);
        return builder.Build(
            new DagHeader { Name = "sample", Pool = GpuSet.Range(0, (shape.Pp * shape.Ep * shape.Tp * shape.Sp) - 1), Phases = phases });
    }

    /// <summary>A graph without phases, stages, layers and GPUs; with cycles when <paramref name="acyclic"/> is false.</summary>
    public static Dag Foreign(Random random, int nodes, int edges, bool acyclic = true)
    {
        var builder = new DagBuilder();
        for (int i = 0; i < nodes; i++)
        {
            NodeKind kind = (NodeKind)random.Next(4);
            string name = HostileNames[random.Next(HostileNames.Length)] + i.ToString(CultureInfo.InvariantCulture);
            builder.AddNode($"node {i}", new NodeFacts { Name = name, Kind = kind }, NodeScope.Unknown, null);
        }

        for (int i = 0; i < edges && nodes > 1; i++)
        {
            int a = random.Next(nodes), b = random.Next(nodes);
            if (acyclic && a == b)
                continue;
            builder.AddEdge(acyclic ? Math.Min(a, b) : a, acyclic ? Math.Max(a, b) : b, (EdgeKind)random.Next(4),
                new EdgeFacts(random.Next(5) == 0 ? "to & fro" : null, 0));
        }

        return builder.Build(new DagHeader { Name = "foreign" });
    }

    /// <summary>Names that break writers which do not escape.</summary>
    public static readonly string[] HostileNames =
    [
        "n", "Expert <0-3> & \"friends\"", "]]><script>alert(1)</script>", "line\nfeed\ttab", "bell\a\u0001\uFFFF", "half \uD83D pair",
        "\u884C\u5217\u306E\u7A4D \U0001F600", "a_very_long_identifier_without_any_space_that_has_to_be_broken_somewhere_or_other", "",
        "%%{init: {'theme':'dark'}}%%",
    ];

    private static void AddPhase(DagBuilder builder, PhaseKind phase, SampleShape shape,
        List<DagPhase> phases, Dictionary<int, List<int>> kv)
    {
        int perStage = shape.Ep * shape.Tp * shape.Sp, layersPerStage = shape.Layers / shape.Pp;
        var stages = new List<DagStage>();
        for (int stage = 1; stage <= shape.Pp; stage++)
        {
            int first = 1 + ((stage - 1) * layersPerStage);
            stages.Add(new DagStage(stage, first, stage == shape.Pp ? shape.Layers : first + layersPerStage - 1,
                GpuSet.Range((stage - 1) * perStage, (stage * perStage) - 1)));
        }

        phases.Add(new DagPhase(new PhaseId(phase), ["tp", "sp", "ep", "dp", "pp"],
            new Dictionary<string, int> { ["tp"] = shape.Tp, ["sp"] = shape.Sp, ["ep"] = shape.Ep, ["dp"] = 1, ["pp"] = shape.Pp },
            stages));
        for (int microBatch = 0; microBatch < shape.MicroBatches; microBatch++)
            new PhaseWriter(builder, phase, shape, stages, kv, microBatch).Write();
    }

    private sealed class PhaseWriter(DagBuilder builder, PhaseKind phase, SampleShape shape,
        List<DagStage> stages, Dictionary<int, List<int>> kv, int microBatch)
    {
        private readonly string _sequence = phase == PhaseKind.Prefill ? "seq_len=5120" : "seq_len=1";
        private DagStage _stage = stages[0];
        private int _layer;

        public void Write()
        {
            string hidden = $"[batch_size=1, {_sequence}, hidden=512]";
            int[] input = Add("input", "Input", NodeKind.Input, "", hidden, 1, 1);
            int[] split = Add("split", "SPLIT", NodeKind.Routing, hidden, hidden, 1, 1, input);
            int[] state = Add("embedding", "Embedding", NodeKind.Computation, hidden, hidden, shape.Sp, 1, split);
            foreach (DagStage stage in stages)
            {
                _stage = stage;
                for (_layer = stage.FirstLayer; _layer <= stage.LastLayer; _layer++)
                    state = Layer(state, hidden);
                _layer = 0;
                if (stage.Index == stages.Count)
                    continue;
                int[] transfer = Add("pipeline_send_recv", $"Pipeline Send/Recv {stage.Index} to {stage.Index + 1}", NodeKind.Communication,
                    hidden, hidden, 1, 1);
                Join(state, transfer, EdgeKind.Pipeline, "hidden states");
                state = transfer;
            }

            int[] norm = Add("final_norm", "Final Norm", NodeKind.Computation, hidden, hidden, shape.Sp, 1, state);
            int[] head = Add("lm_head", "LM Head", NodeKind.Computation, hidden, $"[batch_size=1, {_sequence}, vocab=16000]", 1, shape.Tp,
                norm);
            Add("output", "Output", NodeKind.Output, hidden, "", 1, 1, head);
        }

        private int[] Layer(int[] state, string hidden)
        {
            string heads = $"[batch_size=1, {_sequence}, heads={8 / shape.Tp}, d_k=64]";
            int[] norm = Add("attention_norm", "Attention Norm", NodeKind.Computation, hidden, hidden, shape.Sp, 1, state);
            int[] qkv = Add("qkv_projection", "QKV Projection", NodeKind.Computation, hidden, $"Q {heads}; K {heads}; V {heads}", shape.Sp,
                shape.Tp, norm);
            int[] attention = Add("attention", "Attention", NodeKind.Computation, $"Q {heads}; K {heads}; V {heads}", heads, shape.Sp,
                shape.Tp, qkv);
            if (shape.Sp > 1)
            {
                int[] gather = Add("kv_all_gather", "KV All-Gather", NodeKind.Communication, heads, heads, 1, shape.Tp, qkv);
                Join(gather, attention);
            }

            if (phase == PhaseKind.Prefill)
            {
                int[] transfer = Add("kv_transfer", "KV Transfer", NodeKind.Communication, heads, heads, 1, 1, qkv);
                kv.TryAdd(_layer, []);
                kv[_layer].AddRange(transfer);
            }
            else if (kv.TryGetValue(_layer, out List<int>? caches))
                Join([.. caches], attention, EdgeKind.Kv);

            int[] gathered = shape.Tp > 1
                ? Add("attention_all_gather", "Attention All-Gather", NodeKind.Communication, heads, hidden, shape.Sp, 1, attention)
                : attention;
            int[] projection = Add("output_projection", "Output Projection", NodeKind.Computation, hidden, hidden, shape.Sp, 1, gathered);
            int[] residual = Add("attention_residual", "Residual Add", NodeKind.Computation, hidden, hidden, shape.Sp, 1, projection,
                state);
            int[] ffnNorm = Add("ffn_norm", "FFN Norm", NodeKind.Computation, hidden, hidden, shape.Sp, 1, residual);
            int[] ffn = shape.Moe
                ? Experts(ffnNorm, hidden)
                : Add("ffn_down", "Down Projection", NodeKind.Computation, hidden, hidden, shape.Sp, shape.Tp,
                    Add("ffn_up", "Up Projection", NodeKind.Computation, hidden, hidden, shape.Sp, shape.Tp, ffnNorm));
            int[] reduced = shape.Tp > 1
                ? Add("ffn_all_reduce", "FFN All-Reduce", NodeKind.Communication, hidden, hidden, shape.Sp, 1, ffn)
                : ffn;
            return Add("ffn_residual", "Residual Add", NodeKind.Computation, hidden, hidden, shape.Sp, 1, reduced, residual);
        }

        private int[] Experts(int[] norm, string hidden)
        {
            string logits = $"[batch_size=1, {_sequence}, experts=16]", tokens = "[experts=4, tokens=2560, hidden=512]";
            int[] gate = Add("gate", "MLP Gate", NodeKind.Computation, hidden, logits, shape.Sp, 1, norm);
            int[] topK = Add("top_k", "Top-2 Selection", NodeKind.Routing, logits, $"[batch_size=1, {_sequence}, top_k=2]", shape.Sp, 1,
                gate);
            int[] dispatch = Add("dispatch", "Dispatch All-to-All", NodeKind.Communication, hidden, tokens, 1, 1, norm, topK);
            int[] experts = [.. Enumerable.Range(0, shape.Ep)
                .Select(e => AddOne("experts", $"Experts {4 * e}-{(4 * e) + 3}", NodeKind.Computation, tokens, tokens, ExpertGpus(e)))];
            Join(dispatch, experts);
            Join(topK, experts, EdgeKind.Gate);
            int[] combine = Add("combine", "Combine All-to-All", NodeKind.Communication, tokens, hidden, 1, 1, experts);
            return Add("expert_aggregation", "Expert Aggregation", NodeKind.Aggregation, hidden, hidden, shape.Sp, 1, combine, topK);
        }

        private GpuSet ExpertGpus(int group)
        {
            int size = shape.Tp * shape.Sp;
            return GpuSet.Range(_stage.Gpus.First + (group * size), _stage.Gpus.First + ((group + 1) * size) - 1);
        }

        // The shards of an operator, one for each of sp * tp coordinates, and the edges from those inputs that share a GPU.
        private int[] Add(string op, string name, NodeKind kind, string input, string output, int sp, int tp, params int[][] inputs)
        {
            var nodes = new List<int>();
            for (int s = 0; s < sp; s++)
            {
                for (int t = 0; t < tp; t++)
                {
                    int sequence = s, tensor = t;
                    IEnumerable<int> gpus = _stage.Gpus.AsEnumerable().Where(gpu =>
                        (tp == 1 || (gpu - _stage.Gpus.First) % shape.Tp == tensor)
                            && (sp == 1 || (gpu - _stage.Gpus.First) / shape.Tp % shape.Sp == sequence));
                    nodes.Add(AddOne(op, name, kind, input, output, GpuSet.FromGpus(gpus)));
                }
            }

            int[] result = [.. nodes];
            foreach (int[] before in inputs)
                Join(before, result);
            return result;
        }

        private readonly Dictionary<int, GpuSet> _gpus = [];

        private int AddOne(string op, string name, NodeKind kind, string input, string output, GpuSet gpus)
        {
            var facts = new NodeFacts
            {
                Op = op, Name = name, Kind = kind, IdStem = op, Shard = null, PerMicroBatch = true,
                Input = input.Length == 0 ? TensorList.None : TensorList.Parse(input),
                Output = output.Length == 0 ? TensorList.None : TensorList.Parse(output),
                Flops = kind == NodeKind.Computation ? 1_000_000 : 0,
            };
            int node = builder.AddNode(builder.AddFacts(facts),
                builder.AddScope(new NodeScope { Phase = new PhaseId(phase), Stage = _stage.Index, Layer = _layer == 0 ? null : _layer,
                    MicroBatch = microBatch }), builder.AddGpus(gpus));
            _gpus.Add(node, gpus);
            return node;
        }

        private void Join(int[] sources, int[] targets, EdgeKind kind = EdgeKind.Data, string? label = null)
        {
            foreach (int source in sources)
            {
                foreach (int target in targets)
                {
                    bool together = !_gpus.TryGetValue(source, out GpuSet? gpus) || kind != EdgeKind.Data || gpus.Overlaps(_gpus[target])
                        || sources.Length == 1 || targets.Length == 1;
                    if (together)
                        builder.AddEdge(source, target, kind, new EdgeFacts(label, 0));
                }
            }
        }
    }
}
