using ParallelDag.Documents;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Models;
using ParallelDag.Strategies;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>
/// Binds a document tree to a plan, strictly: unknown keys, wrong types and broken rules are refused with their place, all at once.
/// The keys and their defaults are documented in README.md, section "Plan files".
/// </summary>
public static class PlanReader
{
    /// <summary>Reads and validates a plan.</summary>
    /// <param name="root">The document.</param>
    /// <param name="file">The file as the user named it, for messages; null when there is none.</param>
    /// <param name="folder">The folder that a relative <c>model: ./config.json</c> starts from; null: the current one.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static DeploymentPlan Read(DocumentNode root, string? file = null, string? folder = null) =>
        Read(root, file, folder, basis: null);

    /// <summary>
    /// Reads and validates a plan that varies another: sections that the document leaves out, and keys of its workload and its timing, are
    /// those of <paramref name="basis"/>.
    /// </summary>
    /// <param name="root">The document.</param>
    /// <param name="file">The file as the user named it, for messages; null when there is none.</param>
    /// <param name="folder">The folder that a relative <c>model: ./config.json</c> starts from; null: the current one.</param>
    /// <param name="basis">The plan to vary, or null.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static DeploymentPlan Read(DocumentNode root, string? file, string? folder, PlanSpec? basis)
    {
        var log = new BindingLog(file);
        PlanSpec? spec = Bind(root, log, folder, basis, out DenseFeedForward? declared);
        if (log.Problems.Count == 0)
        {
            foreach (PlanFault fault in PlanValidator.Validate(spec!)
                .Concat(declared is null ? [] : PlanValidator.RefusalsOf(declared, spec!)).Distinct())
                log.Fault(log.Locate(fault.Path), fault.Message);
        }

        return log.Problems.Count == 0 ? DeploymentPlan.Resolve(spec!, new PlanPlaces(log)) : throw new InputException(log.Problems);
    }

    /// <summary>
    /// Reads what plans are searched for: a plan without strategies, whose workload need not name a batch; or one with them, which is then
    /// valid as any plan.
    /// </summary>
    /// <param name="root">The document.</param>
    /// <param name="file">The file as the user named it, for messages; null when there is none.</param>
    /// <param name="folder">The folder that a relative <c>model: ./config.json</c> starts from; null: the current one.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static PlanSpec ReadEnvironment(DocumentNode root, string? file = null, string? folder = null)
    {
        if (root is DocumentMap map && (map.Find("prefill") is not null || map.Find("decode") is not null))
            return Read(root, file, folder).GetSpec();
        var log = new BindingLog(file);
        PlanSpec? spec = Bind(root, log, folder, null, out _, isEnvironment: true);
        if (log.Problems.Count == 0)
        {
            foreach (PlanFault fault in PlanValidator.ValidateEnvironment(spec!))
                log.Fault(log.Locate(fault.Path), fault.Message);
        }

        return log.Problems.Count == 0 ? spec! : throw new InputException(log.Problems);
    }

    /// <summary>A cluster section by itself.</summary>
    /// <exception cref="InputException">Every problem found.</exception>
    public static ClusterSpec ReadCluster(DocumentNode section)
    {
        var log = new BindingLog(null);
        ClusterSpec cluster = BindCluster(new PlanBinder(section, "cluster", log))!;
        return log.Problems.Count == 0 ? cluster : throw new InputException(log.Problems);
    }

    /// <summary>The strategy of a phase section by itself.</summary>
    /// <exception cref="InputException">Every problem found.</exception>
    internal static PhaseStrategy ReadStrategy(DocumentMap section)
    {
        var log = new BindingLog(null);
        PhaseStrategy strategy = BindPhase(new PlanBinder(section, "strategy", log))!;
        return log.Problems.Count == 0 ? strategy : throw new InputException(log.Problems);
    }

    private static PlanSpec? Bind(DocumentNode root, BindingLog log, string? folder, PlanSpec? basis, out DenseFeedForward? declared,
        bool isEnvironment = false)
    {
        declared = null;
        if (root is not DocumentMap)
        {
            log.Fault(root.Position,
                $"a plan is a mapping with the keys name, model, cluster, workload, prefill, decode, not {root.Describe()}");
            return null;
        }

        var plan = new PlanBinder(root, "", log);
        string? name = plan.Text("name") ?? basis?.Name;
        if (name is null && !plan.Mentions("name"))
            log.Fault(root.Position, "the plan lacks the key 'name'");
        bool keepsModel = basis is not null && !plan.Mentions("model");
        ModelSpec? model = keepsModel ? basis!.Model : ModelBinder.Bind(plan, log, folder, out declared);
        ClusterSpec? cluster = basis is not null && !plan.Mentions("cluster") ? basis.Cluster : BindCluster(Required(plan, "cluster", log));
        WorkloadSpec? workload = basis is not null && !plan.Mentions("workload")
            ? basis.Workload
            : BindWorkload(Required(plan, "workload", log), basis?.Workload, isEnvironment ? 1 : OwnBatch(plan));
        EngineKind? engine = plan.Choice<EngineKind?>("engine", basis?.Engine, EngineNames);
        PhaseStrategy? prefill = BindPhase(plan, "prefill", engine, model, basis?.Prefill);
        PhaseStrategy? decode = BindPhase(plan, "decode", engine, model, basis?.Decode);
        LimitsSpec? limits = plan.Mentions("limits") ? LimitsBinder.Bind(plan.Section("limits")) : basis?.Limits;
        TimingSpec timing = TimingBinder.Bind(plan.Section("timing"), basis?.Timing ?? TimingSpec.Default);
        plan.RefuseUnknownKeys();
        return log.Problems.Count > 0 ? null : new PlanSpec
        {
            Name = name!,
            Engine = engine,
            Model = model!,
            ModelFile = keepsModel
                ? basis!.ModelFile
                : plan.Find("model") is DocumentScalar reference ? Path.GetFullPath(ConfigPath(reference, folder))
                : null,
            Cluster = cluster!,
            Workload = workload!,
            Limits = limits,
            Timing = timing,
            Prefill = prefill,
            Decode = decode,
        };
    }

    internal static PlanBinder? Required(PlanBinder plan, string key, BindingLog log)
    {
        if (plan.Section(key) is PlanBinder section)
            return section;
        if (!plan.Mentions(key))
            log.Fault(plan.Position, $"the plan lacks the section '{key}'");
        return null;
    }

    internal static string ConfigPath(DocumentScalar reference, string? folder) =>
        Path.IsPathRooted(reference.Text) || folder is null ? reference.Text : Path.Combine(folder, reference.Text);

    private static ExpertLoad BindLoad(PlanBinder workload, WorkloadSpec? absent)
    {
        switch (workload.Find("expertLoad"))
        {
            case null:
                return absent?.ExpertLoad ?? ExpertLoad.Uniform;
            case DocumentScalar { Text: "uniform" }:
                return ExpertLoad.Uniform;
            case DocumentList:
                return ExpertLoad.Listed(workload.List("expertLoad", workload.Number)!);
            case DocumentMap:
                PlanBinder zipf = workload.Section("expertLoad")!;
                double exponent = zipf.Find("zipf") is DocumentNode node ? zipf.Number(node, "workload.expertLoad.zipf") : double.NaN;
                if (double.IsNaN(exponent))
                    zipf.Fault("zipf", "workload.expertLoad lacks the key 'zipf'");
                zipf.RefuseUnknownKeys();
                return ExpertLoad.Zipf(exponent);
            case DocumentNode other:
                workload.Fault("expertLoad",
                    $"workload.expertLoad must be uniform, {{zipf: a}} or a list of fractions, not {other.Describe()}");
                return ExpertLoad.Uniform;
        }
    }

    private static ClusterSpec? BindCluster(PlanBinder? section)
    {
        if (section is null)
            return null;
        DeviceProfile gpu = BindGpu(section);
        int gpusPerNode = section.Int("gpusPerNode", 8), domain = section.Int("domain", gpusPerNode);
        PlanBinder? hostLink = section.Section("hostLink");
        if (hostLink is not null && domain >= gpusPerNode)
            section.Fault("hostLink",
                Words.Invariant(
                    $"cluster.hostLink joins domains within a node, but a domain of {domain} holds all {gpusPerNode} GPUs of a node; leave "
                        + $"it out, or set cluster.domain below gpusPerNode"));
        var cluster = new ClusterSpec
        {
            Gpus = section.Int("gpus"),
            GpusPerNode = gpusPerNode,
            Domain = domain,
            NicsPerNode = section.Int("nicsPerNode", gpusPerNode),
            Gpu = gpu,
            IntraNode = BindLink(section.Section("intraNode"), ClusterSpec.DomainLink(gpu)),
            HostLink = BindLink(hostLink, ClusterSpec.DefaultHostLink),
            InterNode = BindLink(section.Section("interNode"), new LinkSpec(50e9, 5e-6)),
            Pool = section.Choice("pool", PoolKind.Unified, ("unified", PoolKind.Unified), ("disaggregated", PoolKind.Disaggregated)),
            MemoryReserve = section.Quantity("memoryReserve", 0.1,
                (string text, out double value) => Quantity.TryParseFraction(text, out value), "10 %"),
        };
        section.RefuseUnknownKeys();
        return cluster;
    }

    private static DeviceProfile BindGpu(PlanBinder cluster)
    {
        DeviceProfile fallback = DeviceProfile.BuiltIn[0];
        if (cluster.Find("gpu") is DocumentScalar name)
        {
            if (DeviceProfile.Find(name.Text) is DeviceProfile profile)
                return profile;
            cluster.Fault("gpu", $"{DeviceProfile.MissingText(name.Text)}, or give memory, flops and memoryBandwidth");
            return fallback;
        }

        if (cluster.Section("gpu") is not PlanBinder section)
        {
            cluster.Fault("gpu",
                "cluster lacks the key 'gpu'; give a device profile such as H100-SXM-80GB, or memory, flops and memoryBandwidth");
            return fallback;
        }

        foreach (string key in new[] { "memory", "flops", "memoryBandwidth" })
        {
            if (!section.Mentions(key))
                section.Fault(key, $"cluster.gpu lacks the key '{key}'");
        }

        var custom = new DeviceProfile(
            "custom",
            section.Quantity("memory", 1L, (string text, out long value) => Quantity.TryParseBytes(text, out value), "80 GiB"),
            section.Quantity("flops", 1d, (string text, out double value) => Quantity.TryParseFlops(text, out value), "989 TFLOPS"),
            section.Quantity("memoryBandwidth", 1d, (string text, out double value) => Quantity.TryParseBandwidth(text, out value),
                "3.35 TB/s"));
        section.RefuseUnknownKeys();
        return custom;
    }

    private static LinkSpec BindLink(PlanBinder? section, LinkSpec absent)
    {
        if (section is null)
            return absent;
        var link = new LinkSpec(
            section.Quantity("bandwidth", absent.Bandwidth, (string text, out double value) => Quantity.TryParseBandwidth(text, out value),
                "450 GB/s"),
            section.Quantity("latency", absent.Latency, (string text, out double value) => Quantity.TryParseDuration(text, out value),
                "2 us"));
        section.RefuseUnknownKeys();
        return link;
    }

    /// <summary>A batch where every phase of a document names its own, so that the workload need not; else null.</summary>
    private static int? OwnBatch(PlanBinder plan)
    {
        ReadOnlySpan<string> names = ["prefill", "decode"];
        var phases = new List<DocumentMap>();
        foreach (string name in names)
        {
            if (plan.Mentions(name) && plan.Find(name) is DocumentMap phase)
                phases.Add(phase);
        }

        return phases.Count > 0 && phases.TrueForAll(phase => phase.Find("batch") is not null || (phase.Find("instances") is DocumentList
            { Items.Count: > 0 } sets && sets.Items.All(set => set is DocumentMap own && own.Find("batch") is not null))) ? 1 : null;
    }

    private static WorkloadSpec? BindWorkload(PlanBinder? section, WorkloadSpec? absent, int? ownBatch)
    {
        if (section is null)
            return null;
        var workload = new WorkloadSpec
        {
            Batch = Needed("batch", absent?.Batch ?? ownBatch),
            PromptLength = Needed("promptLength", absent?.PromptLength),
            OutputLength = section.Int("outputLength", absent?.OutputLength ?? 1),
            MicroBatches = section.Int("microBatches", absent?.MicroBatches ?? 1),
            CachedPrompt = section.Quantity(
                "cachedPrompt", absent?.CachedPrompt ?? 0, (string text, out double value) =>
                    Quantity.TryParseFraction(text, out value), "50 %"),
            ExpertLoad = BindLoad(section, absent),
        };
        section.RefuseUnknownKeys();
        return workload;

        int Needed(string key, int? unless) => unless is int known ? section.Int(key, known) : section.Int(key);
    }

    private static readonly (string, EngineKind?)[] EngineNames =
        [("vllm", EngineKind.Vllm), ("sglang", EngineKind.Sglang), ("trtllm", EngineKind.Trtllm), ("megatron", EngineKind.Megatron)];

    /// <summary>A phase with the habits of the plan's engine for the keys that it does not write.</summary>
    private static PhaseStrategy? BindPhase(PlanBinder plan, string name, EngineKind? engine, ModelSpec? model, PhaseStrategy? absent)
    {
        PlanBinder? section = plan.Section(name);
        PhaseStrategy? strategy = BindPhase(section) ?? absent;
        if (strategy is null || engine is not EngineKind known || model is null || (section is null && !plan.Mentions("engine")))
            return strategy;
        DocumentList? sets = section?.Find("instances") as DocumentList;
        for (int set = 0; set < strategy.Sets.Count; set++)
        {
            PhaseStrategy own = strategy.Sets[set];
            DocumentMap? item = sets is not null && set < sets.Items.Count ? sets.Items[set] as DocumentMap : null;
            Func<string, bool> written = section is null ? key => EngineHabits.Differs(own, key)
                : key => section.Mentions(key) || item?.Find(key) is not null;
            strategy = InstanceSets.With(strategy, set,
                EngineHabits.Fill(known, own, written, model.Layers.Count, model.Experts is not null, model.HasDense));
        }

        return strategy;
    }

    private static PhaseStrategy? BindPhase(PlanBinder? section)
    {
        if (section is null)
            return null;
        PhaseStrategy common = PhaseKeys.Read(section, new PhaseStrategy());

        // The phase begins at its firstGpu, so its first set does; the others follow.
        PhaseStrategy basis = common;
        IReadOnlyList<PhaseStrategy>? sets = section.List("instances", (item, path) =>
        {
            PhaseStrategy set = BindSet(section.Child(item, path), basis);
            basis = common with { FirstGpu = null };
            return set;
        });
        section.RefuseUnknownKeys();
        if (sets is { Count: 0 })
            section.Fault("instances",
                "the list is empty; give sets of instances such as [{tp: 8, replicas: 3}, {tp: 4}], or leave it out");
        return sets is null or { Count: 0 } ? common : sets.Count == 1 ? sets[0] : new PhaseStrategy { Instances = [.. sets] };
    }

    private static PhaseStrategy BindSet(PlanBinder section, PhaseStrategy common)
    {
        PhaseStrategy strategy = PhaseKeys.Read(section, common);
        section.RefuseUnknownKeys();
        return strategy;
    }
}
