using BenchmarkDotNet.Running;
using ParallelDag.Benchmarks;

// dotnet run -c Release --project tests/ParallelDag.Benchmarks --
//     peers [large] | scale | traces | simulation | evaluations | searches | comparisons | rules | pages | layout
// or BenchmarkDotNet's own arguments (--filter '*')
switch (args)
{
    case ["peers", .. var rest]:
        Peers.Run(large: rest is ["large"]);
        break;
    case ["simulation"]:
        Simulations.Run();
        break;
    case ["evaluations"]:
        return Evaluations.Run();
    case ["searches"]:
        Searches.Run();
        break;
    case ["scale"]:
        Scale.Run();
        break;
    case ["traces"]:
        TraceExports.Run();
        break;
    case ["comparisons"]:
        return ComparisonTimes.Run();
    case ["pages"]:
        return await PageFrames.RunAsync();
    case ["layout"]:
        LayoutComparison.Run();
        break;
    case ["rules"]:
        return Rules.Run();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}

return 0;
