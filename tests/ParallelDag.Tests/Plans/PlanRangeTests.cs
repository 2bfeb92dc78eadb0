using ParallelDag.Plans;
using static ParallelDag.Tests.Plans.ReferenceChanges;

namespace ParallelDag.Tests.Plans;

/// <summary>The numbers of a plan at both ends of what they may be.</summary>
public class PlanRangeTests
{
    public static TheoryData<string, long, long> Ranges => new()
    {
        { "model.hidden", 1, 1 << 24 }, { "model.vocab", 1, 1 << 24 }, { "model.learnedPositions", 0, 1 << 24 },
        { "cluster.gpus", 1, 1 << 20 }, { "cluster.gpusPerNode", 1, 1 << 20 }, { "cluster.domain", 1, 1 << 20 },
        { "cluster.nicsPerNode", 1, 1 << 20 },
        { "workload.batch", 1, 1 << 24 }, { "workload.promptLength", 1, 1 << 30 }, { "workload.outputLength", 1, 1 << 30 },
        { "workload.microBatches", 1, 1 << 16 },
        { "prefill.pp", 1, 1 << 16 }, { "prefill.tp", 1, 1 << 16 }, { "prefill.sp", 1, 1 << 16 }, { "prefill.ep", 1, 1 << 16 },
        { "prefill.dp", 1, 1 << 16 }, { "prefill.etp", 1, 1 << 16 }, { "prefill.vocabPadding", 1, 1 << 24 },
        { "prefill.redundantExperts", 0, 1 << 16 }, { "prefill.chunk", 1, 1 << 30 }, { "prefill.kvParallel", 1, 1 << 16 },
        { "prefill.replicas", 1, 1 << 16 }, { "prefill.firstGpu", 0, (1 << 20) - 1 }, { "prefill.batch", 1, 1 << 24 },
        { "prefill.microBatches", 1, 1 << 16 },
    };

    /// <summary>Both ends are allowed; what lies beyond is refused with them.</summary>
    [Theory]
    [MemberData(nameof(Ranges))]
    public void Every_number_has_a_least_and_a_most(string path, long least, long most)
    {
        foreach (long value in new[] { least - 1, least, most, most + 1 })
        {
            string message = FormattableString.Invariant($"{value} is out of range; give {least} to {most}");
            bool refused = PlanValidator.Validate(With(path, (int)value)).Contains(new PlanFault(path, message));
            Assert.Equal(value < least || value > most, refused);
            if (!path.StartsWith("prefill", StringComparison.Ordinal))
                Assert.Equal(refused, PlanValidator.ValidateEnvironment(With(path, (int)value)).Contains(new PlanFault(path, message)));
        }
    }

    private static PlanSpec With(string path, int value) => path switch
    {
        "model.hidden" => Good with { Model = Good.Model with { Hidden = value } },
        "model.vocab" => Good with { Model = Good.Model with { Vocabulary = Good.Model.Vocabulary with { Size = value } } },
        "model.learnedPositions" => Good with
        {
            Model = Good.Model with { Vocabulary = Good.Model.Vocabulary with { LearnedPositions = value } },
        },
        "cluster.gpus" => Good with { Cluster = Good.Cluster with { Gpus = value } },
        "cluster.gpusPerNode" => Good with { Cluster = Good.Cluster with { GpusPerNode = value } },
        "cluster.domain" => Good with { Cluster = Good.Cluster with { Domain = value } },
        "cluster.nicsPerNode" => Good with { Cluster = Good.Cluster with { NicsPerNode = value } },
        "workload.batch" => Workload(workload => workload with { Batch = value }),
        "workload.promptLength" => Workload(workload => workload with { PromptLength = value }),
        "workload.outputLength" => Workload(workload => workload with { OutputLength = value }),
        "workload.microBatches" => Workload(workload => workload with { MicroBatches = value }),
        "prefill.pp" => Prefill(phase => phase with { Pp = value }),
        "prefill.tp" => Prefill(phase => phase with { Tp = value }),
        "prefill.sp" => Prefill(phase => phase with { Sp = value }),
        "prefill.ep" => Prefill(phase => phase with { Ep = value }),
        "prefill.dp" => Prefill(phase => phase with { Dp = value }),
        "prefill.etp" => Prefill(phase => phase with { Etp = value }),
        "prefill.vocabPadding" => Prefill(phase => phase with { VocabPadding = value }),
        "prefill.redundantExperts" => Prefill(phase => phase with { RedundantExperts = value }),
        "prefill.chunk" => Prefill(phase => phase with { Chunk = value }),
        "prefill.kvParallel" => Prefill(phase => phase with { KvParallel = value }),
        "prefill.replicas" => Prefill(phase => phase with { Replicas = value }),
        "prefill.firstGpu" => Prefill(phase => phase with { FirstGpu = value }),
        "prefill.batch" => Prefill(phase => phase with { Batch = value }),
        "prefill.microBatches" => Prefill(phase => phase with { MicroBatches = value }),
        _ => throw new ArgumentOutOfRangeException(nameof(path)),
    };

    /// <summary>What must be above 0 and end: memory and rates of the device, bandwidths of the links.</summary>
    [Fact]
    public void A_device_and_links_have_rates()
    {
        ClusterSpec cluster = Good.Cluster;
        foreach (double wrong in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            Assert.Equal(("cluster.gpu", "flops must be greater than 0"), Only(cluster with { Gpu = cluster.Gpu with { Flops = wrong } }));
            Assert.Equal(("cluster.gpu", "memoryBandwidth must be greater than 0"),
                Only(cluster with { Gpu = cluster.Gpu with { MemoryBandwidth = wrong } }));
            Assert.Equal(("cluster.intraNode", "bandwidth must be greater than 0"),
                Only(cluster with { IntraNode = cluster.IntraNode with { Bandwidth = wrong } }));
            Assert.Equal(("cluster.hostLink", "bandwidth must be greater than 0"),
                Only(cluster with { HostLink = cluster.HostLink with { Bandwidth = wrong } }));
            Assert.Equal(("cluster.interNode", "bandwidth must be greater than 0"),
                Only(cluster with { InterNode = cluster.InterNode with { Bandwidth = wrong } }));
        }

        Assert.Equal(("cluster.gpu", "memory must be greater than 0"), Only(cluster with { Gpu = cluster.Gpu with { MemoryBytes = 0 } }));
        ClusterSpec least = cluster with { Gpu = cluster.Gpu with { MemoryBytes = 1 } };
        Assert.Empty(PlanValidator.ValidateEnvironment(Good with { Cluster = least }));

        static (string, string) Only(ClusterSpec cluster)
        {
            PlanFault fault = Assert.Single(PlanValidator.ValidateEnvironment(Good with { Cluster = cluster }));
            return (fault.Path, fault.Message);
        }
    }

    [Theory]
    [InlineData(8, 4, true)]
    [InlineData(8, 16, true)]
    [InlineData(8, 8, true)]
    [InlineData(8, 3, false)]
    [InlineData(8, 12, false)]
    [InlineData(3, 8, false)]
    public void A_domain_does_not_end_inside_a_node(int node, int domain, bool accepted)
    {
        PlanSpec plan = Good with { Cluster = Good.Cluster with { GpusPerNode = node, Domain = domain } };
        Assert.Equal(accepted, PlanValidator.Validate(plan).Count == 0);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0.999, true)]
    [InlineData(1, false)]
    [InlineData(-0.001, false)]
    [InlineData(double.NaN, false)]
    public void A_reserve_and_a_cached_prompt_are_below_all(double fraction, bool accepted)
    {
        PlanSpec reserve = Good with { Cluster = Good.Cluster with { MemoryReserve = fraction } };
        Assert.Equal(accepted, PlanValidator.ValidateEnvironment(reserve).Count == 0);
        PlanSpec cached = Workload(workload => workload with { CachedPrompt = fraction });
        Assert.Equal(accepted, PlanValidator.ValidateEnvironment(cached).Count == 0);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(100, true)]
    [InlineData(100.1, false)]
    [InlineData(-0.1, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void A_Zipf_exponent_is_from_0_to_100(double exponent, bool accepted) => Assert.Equal(
        accepted, PlanValidator.ValidateEnvironment(Workload(own => own with { ExpertLoad = ExpertLoad.Zipf(exponent) })).Count == 0);

    /// <summary>Sixteen experts; a sum may be off by a thousandth.</summary>
    [Theory]
    [InlineData(0.0625, 0.0625, true)]
    [InlineData(0.0625, 0.0634, true)]
    [InlineData(0.0625, 0.0636, false)]
    [InlineData(0.0625, 0.0614, false)]
    [InlineData(0, 0.125, true)]
    [InlineData(-0.01, 0.135, false)]
    [InlineData(double.NaN, 0.0625, false)]
    public void Fractions_of_a_load_add_up_to_1(double first, double second, bool accepted)
    {
        double[] fractions = [first, second, .. Enumerable.Repeat(0.0625, 14)];
        PlanSpec plan = Workload(own => own with { ExpertLoad = ExpertLoad.Listed(fractions) });
        Assert.Equal(accepted, PlanValidator.ValidateEnvironment(plan).Count == 0);
    }
}
