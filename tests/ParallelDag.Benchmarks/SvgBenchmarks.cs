using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ParallelDag.Formats.Yaml;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Benchmarks;

/// <summary>
/// Layout and SVG of operator DAGs of the reference shape (PP4 EP4 TP2 SP2, decode SP1) with ever more layers, everything drawn,
/// and beside it what Graphviz needs for the same DAG at the smallest size (it takes minutes at the next one).
/// </summary>
[Config(typeof(FewLongRuns))]
public class SvgBenchmarks
{
    private const int GraphvizLayers = 64;

    private static readonly SvgOptions Everything = new() { Drawing = new() { Folding = Layouts.Folding.Never } };

    private readonly Dictionary<int, Dag> _dags = [];
    private byte[] _dot = [];

    /// <summary>Makes the DAGs: about 3,700, 15,000 and 100,000 nodes.</summary>
    [GlobalSetup]
    public void Setup()
    {
        foreach (int layers in new[] { GraphvizLayers, 260, 1740 })
        {
            _dags[layers] = Generate(layers);
            Console.WriteLine($"// {layers} layers: {_dags[layers]}");
        }

        using var dot = new MemoryStream();
        DotWriter.Write(_dags[GraphvizLayers], dot);
        _dot = dot.ToArray();
    }

    /// <summary>About 3,700 nodes: the DAG that Graphviz gets.</summary>
    [Benchmark(Baseline = true)]
    public void ParallelDag3700Nodes() => SvgWriter.Write(_dags[GraphvizLayers], Stream.Null, Everything);

    /// <summary>Graphviz on the DOT file of the same DAG; nothing where it is not installed.</summary>
    [Benchmark]
    public void Graphviz3700Nodes()
    {
        var start = new ProcessStartInfo("dot", "-Tsvg") { RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task drain = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            process.StandardInput.BaseStream.Write(_dot);
            process.StandardInput.Close();
            drain.Wait();
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine("// SKIPPED: dot is not installed; the time below is of nothing");
        }
    }

    /// <summary>15,000 nodes: less than a second is wanted.</summary>
    [Benchmark]
    public void ParallelDag15000Nodes() => SvgWriter.Write(_dags[260], Stream.Null, Everything);

    /// <summary>100,000 nodes: less than ten seconds is wanted.</summary>
    [Benchmark]
    public void ParallelDag100000Nodes() => SvgWriter.Write(_dags[1740], Stream.Null, Everything);

    /// <summary>In this process, so that no project is generated and restored; three runs each, for they are long.</summary>
    private sealed class FewLongRuns : ManualConfig
    {
        public FewLongRuns()
        {
            AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithStrategy(RunStrategy.Monitoring).WithWarmupCount(1)
                .WithIterationCount(3));
            AddDiagnoser(MemoryDiagnoser.Default);
        }
    }

    private static Dag Generate(int layers)
    {
        string plan = Words.Invariant($$"""
            name: reference_{{layers}}
            model: { layers: {{layers}}, hidden: 512, heads: 8, ffn: 2048, vocab: 32000, moe: { experts: 16, topK: 2 } }
            cluster:
              gpus: 64
              gpu: H100-SXM-80GB
              intraNode: { bandwidth: 450 GB/s, latency: 2 us }
              interNode: { bandwidth: 50 GB/s, latency: 5 us }
            workload: { batch: 4, promptLength: 10240, outputLength: 128 }
            prefill: { pp: 4, ep: 4, tp: 2, sp: 2, attentionOutput: allGather }
            decode: { pp: 4, ep: 4, tp: 2, attentionOutput: allGather }
            """);
        return DagGenerator.Generate(PlanReader.Read(YamlDocument.Read(plan)));
    }
}
