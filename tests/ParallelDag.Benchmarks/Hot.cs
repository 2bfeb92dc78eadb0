using System.Diagnostics;
using ParallelDag.Search;
namespace ParallelDag.Benchmarks;
internal static class Hot
{
    public static void Run(int n)
    {
        SearchProblem problem = Searches.Problem("deepseek_v3", 256, "H200", 2, .05);
        for (int i = 0; i < n; i++)
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            long bytes = GC.GetTotalAllocatedBytes();
            SearchResult result = PlanSearch.Run(problem, new SearchOptions { Threads = 1 });
            Console.WriteLine($"{result.Seconds:0.00} {(Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds:0.00} {(GC.GetTotalAllocatedBytes() - bytes) / 1e6:0} MB {result.Evaluations}");
        }
    }
}
