namespace ParallelDag.Commands.Errors;

/// <summary>One problem of an input, with what an error record tells around it.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="All">Every problem that was found with it; with -ErrorAction Stop only the first is thrown.</param>
/// <param name="Input">The user's input.</param>
/// <param name="FullPath">The full path of the input's file, or null.</param>
internal readonly record struct InputFault(InputProblem Problem, IReadOnlyList<InputProblem> All, object? Input, string? FullPath);
