namespace ParallelDag;

/// <summary>What Test-ParallelDag returns.</summary>
public enum CheckFormat
{
    /// <summary>One object a rule.</summary>
    Object,

    /// <summary>SARIF 2.1.0 as text: failures at their lines, for code hosts.</summary>
    Sarif,

    /// <summary>JUnit XML as text: rules as tests, for build servers.</summary>
    JUnit,
}
