using System.Diagnostics;
using ParallelDag.Formats;
using ParallelDag.Search;
using ParallelDag.Wording;

namespace ParallelDag.Benchmarks;

/// <summary>
/// Whole searches, verdicts and explanations included, on one core and on all. Beside them what others publish of themselves:
/// AIConfigurator 6.5 s for the search of its README and "within 30 s" in its paper, on measured tables; Calculon 112 evaluations a second
/// and core on a machine as this.
/// </summary>
internal static class Searches
{
    public static void Run()
    {
        Console.WriteLine("search                          threads   seconds  CPU s  candidates  evaluations  evaluations/CPU s");
        foreach ((string name, string example, int gpus, string gpu, double ttft, double tpot) in new[]
        {
            ("Llama-70B, 64 H100", "llama_70b", 64, "H100", .5, .025), ("DeepSeek-V3, 256 H200", "deepseek_v3", 256, "H200", 2, .05),
        })
        {
            SearchProblem problem = Problem(example, gpus, gpu, ttft, tpot);
            foreach (int threads in new[] { 1, Environment.ProcessorCount })
            {
                var options = new SearchOptions { Threads = threads };
                PlanSearch.Run(problem, options);
                TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
                SearchResult result = PlanSearch.Run(problem, options);
                double cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
                Console.WriteLine(Words.Invariant($"{name,-32}{threads,7} {result.Seconds,9:0.00} {cpu,6:0.00} ")
                    + Words.Invariant($"{result.Verdicts.Values.Sum(),11:N0} {result.Evaluations,12:N0} ")
                    + Words.Invariant($"{result.Evaluations / cpu,18:N0}"));
            }
        }

        Console.WriteLine(Words.Invariant($"peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB"));
    }

    private static SearchProblem Problem(string example, int gpus, string gpu, double ttft, double tpot)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "ParallelDag.sln")))
            root = Path.GetDirectoryName(root)!;
        DeploymentPlan plan = PlanFile.Load(Path.Combine(root, "examples", example + ".yaml"));
        return SearchProblem.Of(plan.GetSpec()) with
        {
            Cluster = new ClusterSpec { Gpus = gpus, Gpu = DeviceProfile.Find(gpu)! },
            Workload = new WorkloadSpec { Batch = 1, PromptLength = 4096, OutputLength = 512 },
            Limits = new LimitsSpec { Ttft = ttft, Tpot = tpot },
        };
    }
}
