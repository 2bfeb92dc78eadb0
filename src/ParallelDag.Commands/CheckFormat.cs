namespace ParallelDag;

/// <summary>How the results of the rules are told.</summary>
public enum CheckFormat
{
    /// <summary>One object a rule.</summary>
    Object,

    /// <summary>JSON as text, one text an input: what <c>paralleldag check --json</c> prints.</summary>
    Json,

    /// <summary>SARIF 2.1.0 as text: failures at their lines, for code hosts.</summary>
    Sarif,

    /// <summary>JUnit XML as text: rules as tests, for build servers.</summary>
    JUnit,

    /// <summary>Annotations as text, one line a fault: for the log of GitHub Actions.</summary>
    GitHub,
}
