# Compare-DeploymentPlan, Compare-ParallelDag.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
    $swapped = $plan | New-DeploymentPlan -Prefill @{
        pp = 4; ep = 4; tp = 2; sp = 2; attentionOutput = 'allGather'; order = 'tp', 'ep', 'sp', 'dp', 'pp'
    }
}

AfterAll { Exit-Scratch $scratch }

Describe 'Compare-DeploymentPlan' {
    It 'returns nothing for a plan and itself' {
        Compare-DeploymentPlan $plan $plan | Should -BeNullOrEmpty
    }

    It 'returns what agrees when asked for' {
        $rows = Compare-DeploymentPlan $plan $plan -IncludeEqual
        $rows.SideIndicator | Sort-Object -Unique | Should -Be '=='
    }

    It 'says that another rank order is the same work' {
        $comparison = Compare-DeploymentPlan -Reference $plan -Difference $swapped -AsComparison
        $comparison.Verdict | Should -Be SameWork
        $comparison.Summary | Should -BeLike 'The same work, on other GPUs; 4 collectives over other links*'
        $comparison.Advice | Should -BeLike 'Yes, nothing of the whole gets worse. It gains: time to first token*these get slower*'
    }

    It 'streams differences that filter by aspect' {
        $links = $swapped | Compare-DeploymentPlan -Reference $plan | Where-Object LinkChanged
        $links | Should -HaveCount 4
        $links.Aspect | Sort-Object -Unique | Should -Be Collective
    }

    It 'makes Markdown for a pull request' {
        Compare-DeploymentPlan $plan $swapped -AsMarkdown | Should -BeLike '*Merge?*Yes*'
    }

    It 'compares each of several with the reference' {
        $all = $plan, $swapped | Compare-DeploymentPlan -Reference $plan -AsComparison
        $all.Verdict | Should -Be Equal, SameWork
    }

    It 'refuses a graph and says what compares graphs' {
        $dag = $plan | Get-ParallelDag
        { Compare-DeploymentPlan $plan $dag -ErrorAction Stop } | Should -Throw '*Compare-ParallelDag*'
    }

    It 'shows differences in <Width> columns' -ForEach @{ Width = 80 }, @{ Width = 120 } {
        $text = Compare-DeploymentPlan $plan $swapped | Out-String -Width $Width
        ($text -split "`n" | ForEach-Object { $_.TrimEnd().Length } | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual $Width
        $text | Should -BeLike '*time to first token*'
        $text | Should -BeLike '*-13.6 %*'
    }
}

Describe 'Compare-ParallelDag' {
    It 'takes a plan and a file of its graph' {
        $file = './before.json'
        $plan | Export-DagJson -Path $file
        Compare-ParallelDag $plan $file | Should -BeNullOrEmpty
    }

    It 'takes two graphs' {
        $rows = Compare-ParallelDag ($plan | Get-ParallelDag) ($swapped | Get-ParallelDag)
        $rows.Aspect | Should -Contain Role
        $rows.Aspect | Should -Not -Contain Operator
    }

    It 'refuses two levels of detail in words' {
        { Compare-ParallelDag ($plan | Get-ParallelDag) ($plan | Get-ParallelDag -Detail Device) -ErrorAction Stop } | Should -Throw '*--detail*'
    }
}
