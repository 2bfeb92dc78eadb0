using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(ParallelDag.Tests.SlowLast))]

namespace ParallelDag.Tests;

/// <summary>Runs classes that go through many random plans after all others: most mutants die before.</summary>
public sealed class SlowLast : ITestCollectionOrderer
{
    private static readonly string[] Slow =
    [
        ".RankClassTests", ".OverviewTests", ".MemoryTermsTests", ".LiveActivationsTests", ".MegatronRanksTests", ".ConservationTests",
        ".SizeEstimateTests", ".StrategyTests", ".GeneratedPlanTests", ".NaiveNumbersTests",
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(Slow,
            name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)))];
}
