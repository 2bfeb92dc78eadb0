using System.Management.Automation;

namespace ParallelDag.Commands.Errors;

/// <summary>Carries an error record out of a helper to the cmdlet that reports it.</summary>
internal sealed class ReportedException(ErrorRecord record) : Exception(record.Exception.Message, record.Exception)
{
    public ErrorRecord Record { get; } = record;
}
